//! Which processor runs the model on this machine.
//!
//! Adapters are listed through wgpu itself, which fails softly where there is no driver; only the one that is chosen is
//! opened by burn. Burn gets its own device, never the window's: a shared queue made the window abort while a training
//! step ran.

use std::sync::{Mutex, OnceLock, PoisonError};

use burn::tensor::wgpu::{WgpuBackend, wgpu as graphics};
use burn::tensor::{Device, DeviceKind};
use graphics::{Backends, DeviceType, Instance, InstanceDescriptor};

use super::ModelError;
use crate::domain::DeviceChoice;

/// Makes the CPU the device on which Burn itself makes tensors, unless `BURN_DEVICE` names another: the state of an
/// optimiser is read back onto that device, and its own choice is a GPU, which panics where there is no graphics driver at
/// all. What runs on which device is decided by [`resolve_device`] as before.
///
/// To be called first thing in `main`: it sets an environment variable, which no other thread may read meanwhile.
pub fn default_to_cpu() {
    const VARIABLE: &str = "BURN_DEVICE";
    if std::env::var_os(VARIABLE).is_none() {
        // SAFETY: the caller has started no other thread yet, as the documentation asks.
        unsafe { std::env::set_var(VARIABLE, "flex") };
    }
}

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
    devices.extend(adapters().iter().map(|adapter| adapter.info.clone()));
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
            let mut real: Vec<&Adapter> = adapters().iter().filter(|adapter| !adapter.info.software).collect();
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
            let mut of_choice: Vec<&Adapter> =
                adapters().iter().filter(|adapter| adapter.info.choice == choice).collect();
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
    fn open(&self) -> Result<ComputeDevice, ModelError> {
        let api = match self.info.choice {
            DeviceChoice::Metal => WgpuBackend::Metal,
            DeviceChoice::Dx12 => WgpuBackend::Dx12,
            _ => WgpuBackend::Vulkan,
        };
        let name = format!("{} ({})", self.info.name, title(self.info.choice));
        let choice = self.info.choice;
        // A runtime can be initialised once a process; later ones of the same kind share it.
        static OPEN: Mutex<Vec<(DeviceChoice, DeviceKind, Device)>> = Mutex::new(Vec::new());
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, _, device)) = open.iter().find(|(known, kind, _)| *known == choice && *kind == self.kind) {
            return Ok(ComputeDevice { name, choice, device: device.clone() });
        }
        let device = Device::wgpu_options()
            .device_kind(self.kind.clone())
            .graphics_api(api)
            .init()
            .map_err(|error| ModelError::Device(error.to_string()))?;
        open.push((choice, self.kind.clone(), device.clone()));
        Ok(ComputeDevice { name, choice, device })
    }
}

/// The adapters of the native graphics interfaces. Asked for once in a process: Vulkan loaders crash when instances come
/// and go on several threads, so these stay.
fn adapters() -> &'static [Adapter] {
    static ADAPTERS: OnceLock<(Vec<Adapter>, Vec<Instance>)> = OnceLock::new();
    let apis = [
        (Backends::VULKAN, DeviceChoice::Vulkan),
        (Backends::METAL, DeviceChoice::Metal),
        (Backends::DX12, DeviceChoice::Dx12),
    ];
    let probe = || {
        let (mut found, mut instances) = (Vec::new(), Vec::new());
        for (backends, choice) in apis {
            if !Instance::enabled_backend_features().contains(backends) {
                continue;
            }
            // One for each interface: OpenGL, which is of no use here, complains on a machine without a screen.
            let descriptor = InstanceDescriptor { backends, ..InstanceDescriptor::new_without_display_handle() };
            let instance = Instance::new(descriptor);
            let listed = pollster::block_on(instance.enumerate_adapters(backends));
            let listed = listed.iter().map(|adapter| adapter.get_info());
            found.extend(addressed(choice, listed.map(|info| (info.device_type, info.name))));
            instances.push(instance);
        }
        (found, instances)
    };
    &ADAPTERS.get_or_init(probe).0
}

/// The adapters of one interface as burn addresses them: it counts each type on its own, knows one of software, and
/// cannot address one of an unknown type.
fn addressed(choice: DeviceChoice, listed: impl Iterator<Item = (DeviceType, String)>) -> Vec<Adapter> {
    let mut count = [0; 3];
    let mut next = |of_type: usize| {
        count[of_type] += 1;
        count[of_type] - 1
    };
    let mut adapters: Vec<Adapter> = Vec::new();
    for (device_type, name) in listed {
        let kind = match device_type {
            DeviceType::DiscreteGpu => DeviceKind::DiscreteGpu(next(0)),
            DeviceType::IntegratedGpu => DeviceKind::IntegratedGpu(next(1)),
            DeviceType::VirtualGpu => DeviceKind::VirtualGpu(next(2)),
            DeviceType::Cpu if !adapters.iter().any(|adapter| adapter.info.software) => DeviceKind::Cpu,
            DeviceType::Cpu | DeviceType::Other => continue,
        };
        let software = device_type == DeviceType::Cpu;
        let discrete = device_type == DeviceType::DiscreteGpu;
        adapters.push(Adapter { info: DeviceInfo { choice, name, software }, discrete, kind });
    }
    adapters
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adapters_are_counted_by_type_as_burn_counts_them() {
        let listed = [
            (DeviceType::IntegratedGpu, "a"),
            (DeviceType::DiscreteGpu, "b"),
            (DeviceType::Cpu, "c"),
            (DeviceType::Other, "d"),
            (DeviceType::DiscreteGpu, "e"),
            (DeviceType::Cpu, "f"),
        ];
        let adapters = addressed(DeviceChoice::Vulkan, listed.into_iter().map(|(kind, name)| (kind, name.to_owned())));
        let found: Vec<_> = adapters.iter().map(|adapter| (adapter.info.name.as_str(), adapter.kind.clone())).collect();
        assert_eq!(
            found,
            [
                ("a", DeviceKind::IntegratedGpu(0)),
                ("b", DeviceKind::DiscreteGpu(0)),
                ("c", DeviceKind::Cpu),
                ("e", DeviceKind::DiscreteGpu(1)),
            ]
        );
    }

    #[test]
    fn the_cpu_is_always_there_and_auto_never_takes_software() {
        let devices = list_devices();
        assert!(devices.iter().any(|info| info.choice == DeviceChoice::Cpu));
        let auto = resolve_device(DeviceChoice::Auto).unwrap();
        assert_ne!(auto.choice, DeviceChoice::Auto);
        if !devices.iter().any(|info| info.choice != DeviceChoice::Cpu && !info.software) {
            assert_eq!(auto.choice, DeviceChoice::Cpu, "{devices:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_refused_with_a_word_on_what_to_choose() {
        for choice in [DeviceChoice::Vulkan, DeviceChoice::Metal, DeviceChoice::Dx12] {
            if !list_devices().iter().any(|info| info.choice == choice) {
                let error = resolve_device(choice).unwrap_err();
                assert!(error.to_string().contains("“cpu”"), "{error}");
            }
        }
    }
}
