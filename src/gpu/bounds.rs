//! Bounds from all rows of a query against all means, computed where the means lie: in the memory of a GPU.

use std::sync::{Arc, Mutex, PoisonError};

use wgpu::util::{BufferInitDescriptor, DeviceExt};

use crate::similarity::exact::{FirstPass, Part, Rows};

/// Tracks of one workgroup, as the shader says.
const WORKGROUP: usize = 64;
/// Workgroups in a row, at most as many as every GPU takes.
const ROW: usize = 32_768;
/// Groups of four dimensions of an image, as the shader says.
const GROUPS: usize = 8;

/// Why no pass runs on a GPU.
#[derive(Debug, thiserror::Error)]
pub enum GpuError {
    #[error("there is no graphics processor")]
    NoAdapter,
    #[error("the catalogue does not fit the graphics processor")]
    TooLarge,
    #[error("the graphics processor cannot be opened")]
    Open(#[from] wgpu::RequestDeviceError),
}

/// The uniforms of the shader, field by field.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniforms {
    rows: u32,
    tracks: u32,
    stride: u32,
    step: f32,
}

/// The means of one store on the GPU.
struct Uploaded {
    slots: usize,
    points: wgpu::Buffer,
    tracks: wgpu::Buffer,
    bounds: wgpu::Buffer,
    read: wgpu::Buffer,
}

/// See the module.
pub struct BoundsPass {
    name: String,
    device: wgpu::Device,
    queue: wgpu::Queue,
    pipeline: wgpu::ComputePipeline,
    /// One query at a time uses the buffers.
    parts: Mutex<Vec<Uploaded>>,
}

impl std::fmt::Debug for BoundsPass {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "BoundsPass({})", self.name)
    }
}

impl BoundsPass {
    /// Uploads the means of `parts` to the best graphics processor: a discrete one before an integrated one. One that this
    /// processor imitates counts only with `software`.
    ///
    /// # Errors
    /// [`GpuError`]
    pub fn new(parts: &[Part], software: bool) -> Result<Self, GpuError> {
        let backends = wgpu::Backends::PRIMARY;
        let descriptor =
            wgpu::InstanceDescriptor { backends, ..wgpu::InstanceDescriptor::new_without_display_handle() };
        let instance = wgpu::Instance::new(descriptor);
        let mut adapters = pollster::block_on(instance.enumerate_adapters(backends));
        adapters.retain(|adapter| software || adapter.get_info().device_type != wgpu::DeviceType::Cpu);
        let rank = |adapter: &wgpu::Adapter| match adapter.get_info().device_type {
            wgpu::DeviceType::DiscreteGpu => 0,
            wgpu::DeviceType::IntegratedGpu => 1,
            wgpu::DeviceType::VirtualGpu => 2,
            wgpu::DeviceType::Other => 3,
            wgpu::DeviceType::Cpu => 4,
        };
        let adapter = adapters.into_iter().min_by_key(rank).ok_or(GpuError::NoAdapter)?;
        let limits = adapter.limits();
        let most = limits.max_storage_buffer_binding_size.min(limits.max_buffer_size) as usize;
        let largest = parts.iter().map(|part| part.store.means().points.len()).max().unwrap_or(0);
        if largest == 0 || largest > most {
            return Err(GpuError::TooLarge);
        }
        let descriptor = wgpu::DeviceDescriptor {
            label: Some("search"),
            required_limits: limits,
            ..wgpu::DeviceDescriptor::default()
        };
        let (device, queue) = pollster::block_on(adapter.request_device(&descriptor))?;
        // What goes wrong later must not end a search: a pass that failed gives nothing, and this processor does it.
        device.on_uncaptured_error(Arc::new(|error| tracing::error!(%error, "the GPU failed at a search")));
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/bounds.wgsl"));
        let pipeline = device.create_compute_pipeline(&wgpu::ComputePipelineDescriptor {
            label: Some("bounds"),
            layout: None,
            module: &module,
            entry_point: Some("centres"),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            cache: None,
        });
        let parts = parts.iter().map(|part| upload(&device, part)).collect();
        Ok(Self { name: adapter.get_info().name, device, queue, pipeline, parts: Mutex::new(parts) })
    }
}

fn upload(device: &wgpu::Device, part: &Part) -> Uploaded {
    let means = part.store.means();
    let facts: Vec<[f32; 2]> = means
        .norms
        .iter()
        .zip(means.errors.iter().zip(means.radii))
        .map(|(norm, (error, radius))| [*norm as f32, (error + radius) * 1.000_001])
        .collect();
    let filled = |contents: &[u8]| {
        device.create_buffer_init(&BufferInitDescriptor { label: None, contents, usage: wgpu::BufferUsages::STORAGE })
    };
    let empty = |usage| {
        let size = (facts.len() * 8) as u64;
        device.create_buffer(&wgpu::BufferDescriptor { label: None, size, usage, mapped_at_creation: false })
    };
    Uploaded {
        slots: facts.len(),
        points: filled(means.points),
        tracks: filled(bytemuck::cast_slice(&facts)),
        bounds: empty(wgpu::BufferUsages::STORAGE | wgpu::BufferUsages::COPY_SRC),
        read: empty(wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST),
    }
}

impl FirstPass for BoundsPass {
    fn name(&self) -> &str {
        &self.name
    }

    fn centres(&self, part: usize, rows: &Rows) -> Option<Vec<[f32; 2]>> {
        let parts = self.parts.lock().unwrap_or_else(PoisonError::into_inner);
        let part = parts.get(part)?;
        let count = rows.squares.len();
        if count == 0 || rows.fours.len() != count * GROUPS {
            return None;
        }
        let groups = part.slots.div_ceil(WORKGROUP);
        let across = groups.min(ROW);
        let uniforms = Uniforms {
            rows: u32::try_from(count).ok()?,
            tracks: u32::try_from(part.slots).ok()?,
            stride: (across * WORKGROUP) as u32,
            step: rows.step,
        };
        let facts: Vec<[f32; 2]> =
            rows.squares.iter().zip(&rows.errors).map(|(square, error)| [*square as f32, *error]).collect();
        let buffer = |contents: &[u8], usage| {
            self.device.create_buffer_init(&BufferInitDescriptor { label: None, contents, usage })
        };
        let uniforms = buffer(bytemuck::bytes_of(&uniforms), wgpu::BufferUsages::UNIFORM);
        let fours = buffer(bytemuck::cast_slice(&rows.fours), wgpu::BufferUsages::STORAGE);
        let facts = buffer(bytemuck::cast_slice(&facts), wgpu::BufferUsages::STORAGE);
        let buffers = [&uniforms, &part.points, &part.tracks, &fours, &facts, &part.bounds];
        let entries: Vec<wgpu::BindGroupEntry<'_>> = (0..)
            .zip(buffers)
            .map(|(binding, buffer)| wgpu::BindGroupEntry { binding, resource: buffer.as_entire_binding() })
            .collect();
        let layout = self.pipeline.get_bind_group_layout(0);
        let bindings = self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: None,
            layout: &layout,
            entries: &entries,
        });
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        {
            let mut pass = encoder.begin_compute_pass(&wgpu::ComputePassDescriptor::default());
            pass.set_pipeline(&self.pipeline);
            pass.set_bind_group(0, &bindings, &[]);
            pass.dispatch_workgroups(across as u32, groups.div_ceil(ROW) as u32, 1);
        }
        encoder.copy_buffer_to_buffer(&part.bounds, 0, &part.read, 0, (part.slots * 8) as u64);
        self.queue.submit([encoder.finish()]);
        let (told, heard) = crossbeam_channel::bounded(1);
        part.read.map_async(wgpu::MapMode::Read, .., move |result| {
            // Nobody hears it where the wait below failed.
            let _ = told.send(result);
        });
        self.device.poll(wgpu::PollType::wait_indefinitely()).ok()?;
        heard.recv().ok()?.ok()?;
        let bounds = part.read.get_mapped_range(..).ok().map(|view| floats(&view));
        part.read.unmap();
        bounds
    }
}

/// Pairs of numbers out of bytes that may lie anywhere.
fn floats(bytes: &[u8]) -> Vec<[f32; 2]> {
    let pair = |bytes: &[u8; 8]| {
        let [a, b, c, d, e, f, g, h] = *bytes;
        [f32::from_le_bytes([a, b, c, d]), f32::from_le_bytes([e, f, g, h])]
    };
    bytes.as_chunks::<8>().0.iter().map(pair).collect()
}
