//! The GPU half of the points: uploaded once a cloud, added up off screen where densities are drawn.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use eframe::egui_wgpu::{self, CallbackResources, CallbackTrait, ScreenDescriptor, WgpuConfiguration, WgpuSetup, wgpu};
use egui::{Id, PaintCallbackInfo, Rect, Ui};
use wgpu::util::DeviceExt;

use super::place::{self, Onto, PICTURE, Place, UNIFORMS};
use super::points::{COLOURS, Cloud, Dot, Points, rgb};

/// Clouds and views kept on the GPU; those not drawn for longest make room.
const KEPT: u64 = 4;

/// What is known of the GPU once its pipelines are made.
#[derive(Clone, Copy)]
struct Installed {
    /// Points that one of its buffers holds.
    most: u64,
    imitated: bool,
}

fn installed_id() -> Id {
    Id::unique("songline points pipeline")
}

/// Lets the window's device add up numbers of points in 32 bits where the adapter can; else they are added up in 16,
/// and more than 2,048 under one pixel look like 2,048.
pub fn prefer_exact_sums(configuration: &mut WgpuConfiguration) {
    if let WgpuSetup::CreateNew(setup) = &mut configuration.wgpu_setup {
        let usual = setup.device_descriptor.clone();
        setup.device_descriptor = std::sync::Arc::new(move |adapter| {
            let mut descriptor = usual(adapter);
            descriptor.required_features |= adapter.features() & wgpu::Features::FLOAT32_BLENDABLE;
            descriptor
        });
    }
}

/// Makes the pipelines for a window.
pub(super) fn install(ctx: &egui::Context, render_state: &egui_wgpu::RenderState) {
    let pipelines = Pipelines::new(&render_state.device, render_state.target_format);
    render_state.renderer.write().callback_resources.insert(pipelines);
    let most = render_state.device.limits().max_buffer_size / size_of::<Dot>() as u64;
    let imitated = render_state.adapter.get_info().device_type == wgpu::DeviceType::Cpu;
    ctx.data_mut(|data| data.insert_temp(installed_id(), Installed { most, imitated }));
}

/// Whether the GPU is one that the processor imitates.
pub(super) fn is_imitated(ctx: &egui::Context) -> bool {
    ctx.data(|data| data.get_temp::<Installed>(installed_id())).is_some_and(|installed| installed.imitated)
}

/// Draws `points` in `rect`; `false` where there is no GPU, or not that much room on it.
pub(super) fn paint(points: &Points, ui: &Ui, id: Id, rect: Rect) -> bool {
    let installed: Option<Installed> = ui.ctx().data(|data| data.get_temp(installed_id()));
    if installed.is_none_or(|installed| points.cloud.len() as u64 > installed.most) {
        return false;
    }
    if let Some(place) = place::place(ui, rect)
        && !points.cloud.is_empty()
    {
        let mut points = points.clone();
        points.projection.size = place.size;
        let draw = Draw { points, id, place, bindings: Mutex::new(None) };
        ui.painter().add(egui_wgpu::Callback::new_paint_callback(place.rect, draw));
    }
    true
}

struct Draw {
    points: Points,
    id: Id,
    place: Place,
    /// Made in `prepare`, used in `paint`: they live exactly as long as this drawing.
    bindings: Mutex<Option<wgpu::BindGroup>>,
}

impl CallbackTrait for Draw {
    fn prepare(
        &self,
        device: &wgpu::Device,
        _queue: &wgpu::Queue,
        _screen: &ScreenDescriptor,
        encoder: &mut wgpu::CommandEncoder,
        resources: &mut CallbackResources,
    ) -> Vec<wgpu::CommandBuffer> {
        if let Some(pipelines) = resources.get_mut::<Pipelines>() {
            let bindings = pipelines.prepare(device, encoder, self);
            *self.bindings.lock().unwrap_or_else(PoisonError::into_inner) = Some(bindings);
        }
        Vec::new()
    }

    fn paint(&self, _info: PaintCallbackInfo, pass: &mut wgpu::RenderPass<'static>, resources: &CallbackResources) {
        let bindings = self.bindings.lock().unwrap_or_else(PoisonError::into_inner);
        let (Some(pipelines), Some(bindings)) = (resources.get::<Pipelines>(), bindings.as_ref()) else { return };
        let density = self.points.style.density;
        pass.set_bind_group(0, bindings, &[]);
        if let Some((_, sums)) = pipelines.sums.get(&self.id).filter(|_| density > 0.0) {
            pass.set_pipeline(&pipelines.tone);
            pass.set_bind_group(1, &sums.bindings, &[]);
            pass.draw(0..3, 0..1);
        }
        let cloud = &self.points.cloud;
        if let Some((_, dots)) = pipelines.clouds.get(&cloud.revision()).filter(|_| density < 1.0) {
            pass.set_pipeline(&pipelines.discs);
            pass.set_vertex_buffer(0, dots.slice(..));
            pass.draw(0..4, 0..cloud.len() as u32);
        }
    }
}

/// The uniforms of `shaders/points.wgsl`, field by field.
#[repr(C)]
#[derive(Clone, Copy, bytemuck::Pod, bytemuck::Zeroable)]
struct Uniforms {
    origin: [f32; 2],
    centre: [f32; 2],
    size: [f32; 2],
    brightest: f32,
    faintest: f32,
    ground: [f32; 4],
    scale: f32,
    radius: f32,
    outline: f32,
    progress: f32,
    lit: f32,
    dim: f32,
    density: f32,
    linear_target: u32,
    colours: [[f32; 4]; COLOURS],
}

/// The numbers of points of one view.
struct Sums {
    size: [f32; 2],
    dimmed: wgpu::TextureView,
    lit: wgpu::TextureView,
    bindings: wgpu::BindGroup,
}

struct Pipelines {
    discs: wgpu::RenderPipeline,
    count: wgpu::RenderPipeline,
    tone: wgpu::RenderPipeline,
    uniforms: wgpu::BindGroupLayout,
    pictures: wgpu::BindGroupLayout,
    sum_format: wgpu::TextureFormat,
    linear_target: bool,
    /// By revision, and by the place in the window: when it was drawn last, and what is drawn.
    clouds: HashMap<u64, (u64, wgpu::Buffer)>,
    sums: HashMap<Id, (u64, Sums)>,
    drawings: u64,
}

impl Pipelines {
    fn new(device: &wgpu::Device, target: wgpu::TextureFormat) -> Self {
        let module = device.create_shader_module(wgpu::include_wgsl!("../../shaders/points.wgsl"));
        let uniforms = place::layout(device, &[UNIFORMS]);
        let pictures = place::layout(device, &[PICTURE, PICTURE]);
        let exact = device.features().contains(wgpu::Features::FLOAT32_BLENDABLE);
        let sum_format = if exact { wgpu::TextureFormat::Rgba32Float } else { wgpu::TextureFormat::Rgba16Float };
        let add = wgpu::BlendComponent {
            src_factor: wgpu::BlendFactor::One,
            dst_factor: wgpu::BlendFactor::One,
            operation: wgpu::BlendOperation::Add,
        };
        let window = Onto { format: target, blend: wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING };
        let sums = Onto { format: sum_format, blend: wgpu::BlendState { color: add, alpha: add } };
        let attributes = wgpu::vertex_attr_array![0 => Float32x2, 1 => Float32x2, 2 => Uint8x4];
        let dots = || wgpu::VertexBufferLayout {
            array_stride: size_of::<Dot>() as u64,
            step_mode: wgpu::VertexStepMode::Instance,
            attributes: &attributes,
        };
        let one = [Some(&uniforms)];
        let both = [Some(&uniforms), Some(&pictures)];
        Self {
            discs: place::pipeline(device, &module, &one, ("vs_disc", "fs_disc"), Some(dots()), &window),
            count: place::pipeline(device, &module, &one, ("vs_disc", "fs_count"), Some(dots()), &sums),
            tone: place::pipeline(device, &module, &both, ("vs_whole", "fs_tone"), None, &window),
            uniforms,
            pictures,
            sum_format,
            linear_target: target.is_srgb(),
            clouds: HashMap::new(),
            sums: HashMap::new(),
            drawings: 0,
        }
    }

    /// Uploads what is new and adds up the points where they are drawn as densities.
    fn prepare(&mut self, device: &wgpu::Device, encoder: &mut wgpu::CommandEncoder, draw: &Draw) -> wgpu::BindGroup {
        self.drawings += 1;
        let now = self.drawings;
        let bindings = place::bind_uniforms(device, &self.uniforms, &self.uniforms_of(draw));
        let cloud = &draw.points.cloud;
        let uploaded = self.clouds.entry(cloud.revision()).or_insert_with(|| (now, upload(device, cloud)));
        uploaded.0 = now;
        if draw.points.style.density > 0.0 {
            let fresh = || Sums::new(device, &self.pictures, self.sum_format, draw.place.size);
            let sums = self.sums.entry(draw.id).or_insert_with(|| (now, fresh()));
            if sums.1.size != draw.place.size {
                sums.1 = fresh();
            }
            sums.0 = now;
            let (first_lit, all) = (cloud.dimmed() as u32, cloud.len() as u32);
            for (view, dots) in [(&sums.1.dimmed, 0..first_lit), (&sums.1.lit, first_lit..all)] {
                let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
                    label: Some("numbers of points"),
                    color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                        view,
                        resolve_target: None,
                        ops: wgpu::Operations {
                            load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT),
                            store: wgpu::StoreOp::Store,
                        },
                        depth_slice: None,
                    })],
                    ..Default::default()
                });
                if !dots.is_empty() {
                    pass.set_pipeline(&self.count);
                    pass.set_bind_group(0, &bindings, &[]);
                    pass.set_vertex_buffer(0, uploaded.1.slice(..));
                    pass.draw(0..4, dots);
                }
            }
        }
        self.clouds.retain(|_, (drawn, _)| *drawn + KEPT > now);
        self.sums.retain(|_, (drawn, _)| *drawn + KEPT > now);
        bindings
    }

    fn uniforms_of(&self, draw: &Draw) -> Uniforms {
        let (points, style) = (&draw.points, &draw.points.style);
        let (faintest, brightest) = points.scale();
        let opaque = |[red, green, blue]: [f32; 3]| [red, green, blue, 1.0];
        Uniforms {
            origin: draw.place.origin,
            centre: points.projection.centre,
            size: draw.place.size,
            brightest,
            faintest,
            ground: opaque(rgb(style.ground)),
            scale: points.projection.scale,
            radius: style.radius,
            outline: style.outline,
            progress: style.progress,
            lit: style.lit,
            dim: style.dim,
            density: style.density,
            linear_target: u32::from(self.linear_target),
            colours: style.colours.map(|colour| opaque(rgb(colour))),
        }
    }
}

fn upload(device: &wgpu::Device, cloud: &Cloud) -> wgpu::Buffer {
    device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some("points"),
        contents: bytemuck::cast_slice(cloud.dots()),
        usage: wgpu::BufferUsages::VERTEX,
    })
}

impl Sums {
    fn new(device: &wgpu::Device, layout: &wgpu::BindGroupLayout, format: wgpu::TextureFormat, size: [f32; 2]) -> Self {
        let picture = || {
            let texture = device.create_texture(&wgpu::TextureDescriptor {
                label: Some("numbers of points"),
                size: wgpu::Extent3d { width: size[0] as u32, height: size[1] as u32, depth_or_array_layers: 1 },
                mip_level_count: 1,
                sample_count: 1,
                dimension: wgpu::TextureDimension::D2,
                format,
                usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::RENDER_ATTACHMENT,
                view_formats: &[],
            });
            texture.create_view(&wgpu::TextureViewDescriptor::default())
        };
        let (dimmed, lit) = (picture(), picture());
        let entries = [(0, &dimmed), (1, &lit)].map(|(binding, view)| wgpu::BindGroupEntry {
            binding,
            resource: wgpu::BindingResource::TextureView(view),
        });
        let bindings = device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries });
        Self { size, dimmed, lit, bindings }
    }
}
