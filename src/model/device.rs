//! Which processor runs the model on this machine.
//!
//! Adapters are listed through wgpu itself, which fails softly where there is no driver; only the one that is chosen is
//! opened by burn. Burn gets its own device, never the window's: a shared queue made the window abort while a training
//! step ran.

use burn::tensor::{Device, DeviceKind};

use super::ModelError;
use crate::domain::DeviceChoice;

/// A processor that a model can be put on.
#[derive(Debug, Clone)]
pub struct ComputeDevice {
    /// For people: "CPU", "NVIDIA H100 (Vulkan)".
    pub name: String,
    /// What was chosen; never [`DeviceChoice::Auto`].
    pub choice: DeviceChoice,
    pub(super) device: Device,
}

/// A processor of this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceInfo {
    pub choice: DeviceChoice,
    pub name: String,
    /// A GPU imitated by the processor: correct, and slow.
    pub software: bool,
}

/// Every processor that a model can be put on, the CPU first.
pub fn list_devices() -> Vec<DeviceInfo> {
    let mut devices = vec![cpu_info()];
    #[cfg(feature = "cuda")]
    for device in Device::enumerate(burn::tensor::DeviceType::Cuda).into_vec() {
        let name = device.identity().map_or_else(|| "CUDA".to_owned(), |identity| identity.name);
        devices.push(DeviceInfo { choice: DeviceChoice::Cuda, name, software: false });
    }
    devices.extend(adapters().into_iter().map(|adapter| adapter.info));
    devices
}

/// The processor that a choice stands for.
///
/// # Errors
/// [`ModelError::NoDevice`] where an explicit choice is not there.
pub fn resolve_device(choice: DeviceChoice) -> Result<ComputeDevice, ModelError> {
    let missing = |wanted, hint| ModelError::NoDevice { wanted, hint };
    match choice {
        DeviceChoice::Cpu => Ok(cpu()),
        DeviceChoice::Cuda => cuda().ok_or_else(|| {
            missing("CUDA", if cfg!(feature = "cuda") { "" } else { " (this Songline was built without CUDA)" })
        }),
        DeviceChoice::Auto => {
            if let Some(device) = cuda() {
                return Ok(device);
            }
            let mut real: Vec<Adapter> = adapters().into_iter().filter(|adapter| !adapter.info.software).collect();
            real.sort_by_key(|adapter| !adapter.discrete);
            match real.into_iter().next() {
                Some(adapter) => adapter.open().or_else(|error| {
                    tracing::warn!(%error, "the GPU cannot be opened; the CPU runs the model");
                    Ok(cpu())
                }),
                None => Ok(cpu()),
            }
        }
        DeviceChoice::Vulkan | DeviceChoice::Metal | DeviceChoice::Dx12 => {
            let mut of_choice: Vec<Adapter> =
                adapters().into_iter().filter(|adapter| adapter.info.choice == choice).collect();
            of_choice.sort_by_key(|adapter| (adapter.info.software, !adapter.discrete));
            let found = of_choice.into_iter().next();
            found.ok_or_else(|| missing(title(choice), ""))?.open()
        }
    }
}

fn title(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Auto => "automatic",
        DeviceChoice::Cpu => "CPU",
        DeviceChoice::Vulkan => "Vulkan",
        DeviceChoice::Metal => "Metal",
        DeviceChoice::Dx12 => "DirectX 12",
        DeviceChoice::Cuda => "CUDA",
    }
}

fn cpu_info() -> DeviceInfo {
    DeviceInfo { choice: DeviceChoice::Cpu, name: "CPU".to_owned(), software: false }
}

fn cpu() -> ComputeDevice {
    ComputeDevice { name: "CPU".to_owned(), choice: DeviceChoice::Cpu, device: Device::flex() }
}

#[cfg(feature = "cuda")]
fn cuda() -> Option<ComputeDevice> {
    let device = Device::enumerate(burn::tensor::DeviceType::Cuda).into_vec().into_iter().next()?;
    let name = device.identity().map_or_else(|| "CUDA".to_owned(), |identity| identity.name);
    Some(ComputeDevice { name: format!("{name} (CUDA)"), choice: DeviceChoice::Cuda, device })
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Option<ComputeDevice> {
    None
}

struct Adapter {
    info: DeviceInfo,
    discrete: bool,
    kind: DeviceKind,
}

impl Adapter {
    fn open(self) -> Result<ComputeDevice, ModelError> {
        use burn::tensor::wgpu::WgpuBackend;
        let api = match self.info.choice {
            DeviceChoice::Metal => WgpuBackend::Metal,
            DeviceChoice::Dx12 => WgpuBackend::Dx12,
            _ => WgpuBackend::Vulkan,
        };
        let name = format!("{} ({})", self.info.name, title(self.info.choice));
        let choice = self.info.choice;
        // A runtime can be initialised once a process; later ones of the same kind share it.
        static OPEN: std::sync::Mutex<Vec<(DeviceChoice, DeviceKind, Device)>> = std::sync::Mutex::new(Vec::new());
        let mut open = OPEN.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some((_, _, device)) = open.iter().find(|(known, kind, _)| *known == choice && *kind == self.kind) {
            return Ok(ComputeDevice { name, choice, device: device.clone() });
        }
        let device = Device::wgpu_options()
            .device_kind(self.kind.clone())
            .graphics_api(api)
            .init()
            .map_err(|error| ModelError::Device(error.to_string()))?;
        open.push((choice, self.kind, device.clone()));
        Ok(ComputeDevice { name, choice, device })
    }
}

/// The adapters of the native graphics interfaces. burn counts adapters by their type, and so does `kind`.
fn adapters() -> Vec<Adapter> {
    use burn::tensor::wgpu::wgpu;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle());
    let mut found = Vec::new();
    let apis = [
        (wgpu::Backends::VULKAN, DeviceChoice::Vulkan),
        (wgpu::Backends::METAL, DeviceChoice::Metal),
        (wgpu::Backends::DX12, DeviceChoice::Dx12),
    ];
    for (backend, choice) in apis {
        let (mut discrete, mut integrated, mut virtual_ones) = (0, 0, 0);
        let next = |count: &mut usize| {
            *count += 1;
            *count - 1
        };
        for adapter in pollster::block_on(instance.enumerate_adapters(backend)) {
            let info = adapter.get_info();
            let kind = match info.device_type {
                wgpu::DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(next(&mut discrete)),
                wgpu::DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(next(&mut integrated)),
                wgpu::DeviceType::VirtualGpu => DeviceKind::VirtualGpu(next(&mut virtual_ones)),
                wgpu::DeviceType::Cpu => DeviceKind::Cpu,
                wgpu::DeviceType::Other => DeviceKind::DefaultDevice,
            };
            let software = info.device_type == wgpu::DeviceType::Cpu;
            let discrete = info.device_type == wgpu::DeviceType::DiscreteGpu;
            found.push(Adapter { info: DeviceInfo { choice, name: info.name, software }, discrete, kind });
        }
    }
    found
}
