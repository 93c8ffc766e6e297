//! Which processor runs the model.

use serde::{Deserialize, Serialize};

/// The user's choice of processor for training and embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceChoice {
    /// The best real GPU, or the CPU where there is none. A software Vulkan adapter does not count as a GPU.
    #[default]
    Auto,
    Cpu,
    Vulkan,
    Metal,
    Dx12,
    /// Only in builds with the `cuda` feature.
    Cuda,
}

impl DeviceChoice {
    pub const ALL: [Self; 6] = [Self::Auto, Self::Cpu, Self::Vulkan, Self::Metal, Self::Dx12, Self::Cuda];

    /// The name used on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Cpu => "cpu",
            Self::Vulkan => "vulkan",
            Self::Metal => "metal",
            Self::Dx12 => "dx12",
            Self::Cuda => "cuda",
        }
    }
}
