//! The GPU half of the lines: one quad a segment.

use std::sync::{Mutex, PoisonError};

use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, ScreenDescriptor, wgpu};
use egui::{Id, PaintCallbackInfo, Rect, Ui};
use wgpu::util::DeviceExt;

use super::lines::{Line, Lines};
use super::place::{self, Onto, UNIFORMS};

fn installed_id() -> Id {
    Id::unique("songline lines pipeline")
}

/// Makes the pipeline for a window.
pub(super) fn install(ctx: &egui::Context, render_state: &egui_wgpu::RenderState) {
    let pipeline = Pipeline::new(&render_state.device, render_state.target_format);
    render_state.renderer.write().callback_resources.insert(pipeline);
    let most = render_state.device.limits().max_buffer_size / size_of::<Line>() as u64;
    ctx.data_mut(|data| data.insert_temp(installed_id(), most));
}

/// Draws `lines` in `rect`; `false` where there is no GPU, or not that much room on it.
pub(super) fn paint(lines: &Lines, ui: &Ui, rect: Rect) -> bool {
    let most: Option<u64> = ui.ctx().data(|data| data.get_temp(installed_id()));
    if most.is_none_or(|most| lines.lines.len() as u64 > most) {
        return false;
    }
    if let Some(place) = place::place(ui, rect)
        && !lines.lines.is_empty()
    {
        let mut lines = lines.clone();
        lines.projection.size = place.size;
        let draw = Draw { lines, made: Mutex::new(None) };
        ui.painter().add(egui_wgpu::Callback::new_paint_callback(place.rect, draw));
    }
    true
}

struct Draw {
    lines: Lines,
    /// Uniforms and segments: made in `prepare`, used in `paint`.
    made: Mutex<Option<(wgpu::BindGroup, wgpu::Buffer)>>,
}

impl CallbackTrait for Draw {
    fn prepare(
        &self,
        device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        _encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(pipeline) = resources.get::<Pipeline>() {
            let projection = &self.lines.projection;
            let uniforms = Uniforms {
                centre: projection.centre,
                size: projection.size,
                scale: projection.scale,
                pixels: self.lines.pixels_per_point,
                linear_target: u32::from(pipeline.linear_target),
                unused: 0,
            };
            let segments = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
                label: Some("lines"),
                contents: bytemuck::cast_slice(&self.lines.lines),
                usage: wgpu::BufferUsages::VERTEX,
            });
            let bindings = place::bind_uniforms(device, &pipeline.uniforms, &uniforms);
            *self.made.lock().unwrap_or_else(PoisonError::into_inner) = Some((bindings, segments));
        }
        Vec::new()
    }

    fn paint(&self, _info: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, resources: &CallbackResources) {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(pipeline), Some((bindings, segments))) = (resources.get::<Pipeline>(), made.as_ref()) {
            pass.set_pipeline(&pipeline.pipeline);
            pass.set_bind_group(0, bindings, &[]);
            pass.set_vertex_buffer(0, segments.slice(..));
            pass.draw(0..4, 0..self.lines.lines.len() as u32);
        }
    }
}

/// The uniforms of `shaders/lines.wgsl`, field by field.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniforms {
    centre: [f32; 2],
    size: [f32; 2],
    scale: f32,
    pixels: f32,
    linear_target: u32,
    unused: u32,
}

struct Pipeline {
    pipeline: wgpu::RenderPipeline,
    uniforms: wgpu::BindGroupLayout,
    linear_target: bool,
}

impl Pipeline {
    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/lines.wgsl"));
        let uniforms = place::layout(device, &[UNIFORMS]);
        let attributes = wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Float32, 3 => Unorm8x4];
        let segments = wgpu::VertexBufferLayout {
            array_stride: size_of::<Line>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &attributes,
        };
        let onto = Onto { format: target, blend: wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING };
        let stages = ("vs_main", "fs_main");
        let pipeline = place::pipeline(device, &module, &[Some(&uniforms)], stages, Some(segments), &onto);
        Self { pipeline, uniforms, linear_target: target.is_srgb() }
    }
}
