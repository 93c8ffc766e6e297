//! The GPU half of the heat-map: one pipeline for the window, one texture per matrix.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};
use egui::{Id, PaintCallbackInfo, Rect, Vec2};
use wgpu::util::DeviceExt;

use super::colormap;
use super::heatmap::{Heatmap, Matrix, Orientation};

/// Bytes of matrices kept on the GPU; those not drawn for longest make room.
const BUDGET: u64 = 128 * 1024 * 1024;

/// What the window's GPU can take, kept where widgets find it.
#[derive(Debug, Clone, Copy)]
struct Installed {
    texture_side: u32,
}

fn installed_id() -> Id {
    Id::unique("songline heatmap pipeline")
}

/// Makes the pipeline for a window.
pub(super) fn install(ctx: &egui::Context, render_state: &egui_wgpu::RenderState) {
    let device = &render_state.device;
    let pipeline = Pipeline::new(device, &render_state.queue, render_state.target_format);
    render_state.renderer.write().callback_resources.insert(pipeline);
    let texture_side = device.limits().max_texture_dimension_2d;
    ctx.data_mut(|data| data.insert_temp(installed_id(), Installed { texture_side }));
}

/// Whether a matrix of `values` numbers can be drawn on the GPU.
pub(super) fn is_installed(ctx: &egui::Context, values: usize) -> bool {
    ctx.data(|data| data.get_temp::<Installed>(installed_id()))
        .is_some_and(|gpu| values as u64 <= u64::from(gpu.texture_side) * u64::from(gpu.texture_side))
}

/// The shape that draws `heatmap` in `rect`, whose corner and size in pixels are `origin` and `size`.
pub(super) fn callback(heatmap: Heatmap, rect: Rect, origin: Vec2, size: Vec2) -> egui::Shape {
    let draw = Draw { heatmap, origin, size, bindings: Mutex::new(None) };
    egui_wgpu::Callback::new_paint_callback(rect, draw).into()
}

struct Draw {
    heatmap: Heatmap,
    origin: Vec2,
    size: Vec2,
    /// Made in `prepare`, used in `paint`: it lives exactly as long as this drawing.
    bindings: Mutex<Option<wgpu::BindGroup>>,
}

impl CallbackTrait for Draw {
    fn prepare(
        &self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(pipeline) = resources.get_mut::<Pipeline>() {
            let bindings = pipeline.bind(device, queue, self);
            *self.bindings.lock().unwrap_or_else(PoisonError::into_inner) = Some(bindings);
        }
        Vec::new()
    }

    fn paint(&self, _info: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, resources: &CallbackResources) {
        let bindings = self.bindings.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(pipeline), Some(bindings)) = (resources.get::<Pipeline>(), bindings.as_ref()) {
            pass.set_pipeline(&pipeline.pipeline);
            pass.set_bind_group(0, bindings, &[]);
            pass.draw(0..3, 0..1);
        }
    }
}

/// The uniforms of `shaders/heatmap.wgsl`, field by field.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniforms {
    origin: [f32; 2],
    size: [f32; 2],
    columns: u32,
    rows: u32,
    view_min: [f32; 2],
    view_max: [f32; 2],
    low: f32,
    high: f32,
    map: u32,
    upright: u32,
    linear_target: u32,
    pitch: u32,
}

struct Uploaded {
    view: wgpu::TextureView,
    pitch: u32,
    bytes: u64,
    last_drawn: u64,
}

struct Pipeline {
    pipeline: wgpu::RenderPipeline,
    layout: wgpu::BindGroupLayout,
    colours: wgpu::TextureView,
    linear_target: bool,
    uploaded: HashMap<u64, Uploaded>,
    drawings: u64,
}

impl Pipeline {
    fn new(device: &wgpu::Device, queue: &wgpu::Queue, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/heatmap.wgsl"));
        let entry = |binding, ty| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::FRAGMENT,
            ty,
            count: None,
        };
        let texture = wgpu::BindingType::Texture {
            sample_type: wgpu::TextureSampleType::Float { filterable: false },
            view_dimension: wgpu::TextureViewDimension::D2,
            multisampled: false,
        };
        let uniforms = wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset: false,
            min_binding_size: None,
        };
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("heatmap"),
            entries: &[entry(0, uniforms), entry(1, texture), entry(2, texture)],
        });
        let pipeline_layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
            label: Some("heatmap"),
            bind_group_layouts: &[Some(&layout)],
            immediate_size: 0,
        });
        let pipeline = device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some("heatmap"),
            layout: Some(&pipeline_layout),
            vertex: wgpu::VertexState {
                module: &module,
                entry_point: Some("vs_main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                buffers: &[],
            },
            primitive: wgpu::PrimitiveState::default(),
            depth_stencil: None,
            multisample: wgpu::MultisampleState::default(),
            fragment: Some(wgpu::FragmentState {
                module: &module,
                entry_point: Some("fs_main"),
                compilation_options: wgpu::PipelineCompilationOptions::default(),
                targets: &[Some(target.into())],
            }),
            multiview_mask: None,
            cache: None,
        });
        let colours = device.create_texture_with_data(
            queue,
            &texture_descriptor("colour maps", 256, 4, wgpu::TextureFormat::Rgba8Unorm),
            wgpu::util::TextureDataOrder::default(),
            &colormap::table_rgba(),
        );
        Self {
            pipeline,
            layout,
            colours: colours.create_view(&wgpu::TextureViewDescriptor::default()),
            linear_target: target.is_srgb(),
            uploaded: HashMap::new(),
            drawings: 0,
        }
    }

    fn bind(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, draw: &Draw) -> wgpu::BindGroup {
        let matrix = draw.heatmap.matrix();
        self.drawings += 1;
        let now = self.drawings;
        let uploaded = self.uploaded.entry(matrix.revision()).or_insert_with(|| upload(device, queue, matrix));
        uploaded.last_drawn = now;
        let (map, (low, high), orientation, view) = draw.heatmap.parts();
        let uniforms = Uniforms {
            origin: draw.origin.into(),
            size: draw.size.into(),
            columns: matrix.columns() as u32,
            rows: matrix.rows() as u32,
            view_min: view.min.into(),
            view_max: view.max.into(),
            low,
            high,
            map: map.row(),
            upright: u32::from(orientation == Orientation::Upright),
            linear_target: u32::from(self.linear_target),
            pitch: uploaded.pitch,
        };
        let buffer = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
            label: Some("heatmap uniforms"),
            contents: bytemuck::bytes_of(&uniforms),
            usage: wgpu::BufferUsages::UNIFORM,
        });
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("heatmap"),
            layout: &self.layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() },
                wgpu::BindGroupEntry { binding: 1, resource: wgpu::BindingResource::TextureView(&uploaded.view) },
                wgpu::BindGroupEntry { binding: 2, resource: wgpu::BindingResource::TextureView(&self.colours) },
            ],
        });
        self.make_room(matrix.revision());
        bindings
    }

    /// Forgets what was not drawn for longest, down to the budget; what is bound already stays alive by itself.
    fn make_room(&mut self, keep: u64) {
        while self.uploaded.values().map(|uploaded| uploaded.bytes).sum::<u64>() > BUDGET {
            let others = self.uploaded.iter().filter(|(revision, _)| **revision != keep);
            let Some(oldest) = others.min_by_key(|(_, uploaded)| uploaded.last_drawn).map(|(key, _)| *key) else {
                return;
            };
            self.uploaded.remove(&oldest);
        }
    }
}

/// A matrix as one run of texels, row by row, broken wherever the texture is full in width: so its own shape may be far
/// longer than a texture's side.
fn upload(device: &wgpu::Device, queue: &wgpu::Queue, matrix: &Matrix) -> Uploaded {
    let values = matrix.values();
    let pitch = values.len().clamp(1, device.limits().max_texture_dimension_2d as usize);
    let height = values.len().div_ceil(pitch);
    let mut texels = values.to_vec();
    texels.resize(pitch * height, 0.0);
    let texture = device.create_texture_with_data(
        queue,
        &texture_descriptor("heatmap", pitch as u32, height as u32, wgpu::TextureFormat::R32Float),
        wgpu::util::TextureDataOrder::default(),
        bytemuck::cast_slice(&texels),
    );
    Uploaded {
        view: texture.create_view(&wgpu::TextureViewDescriptor::default()),
        pitch: pitch as u32,
        bytes: (texels.len() * size_of::<f32>()) as u64,
        last_drawn: 0,
    }
}

fn texture_descriptor(
    label: &'static str,
    width: u32,
    height: u32,
    format: wgpu::TextureFormat,
) -> wgpu::TextureDescriptor<'static> {
    wgpu::TextureDescriptor {
        label: Some(label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    }
}
