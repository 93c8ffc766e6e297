//! Where on the screen a callback draws, in whole pixels, and the pipelines that callbacks share.

use eframe::egui_wgpu::wgpu;
use egui::{Rect, Ui, vec2};

/// A rectangle moved to whole pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// In points, and where it is in pixels.
    pub rect: Rect,
    pub origin: [f32; 2],
    pub size: [f32; 2],
}

/// `rect` as the GPU draws in it: in whole pixels and inside the window. `None` where nothing of it is seen.
pub(super) fn place(ui: &Ui, rect: Rect) -> Option<Place> {
    let scale = ui.pixels_per_point();
    let rect = rect.intersect(ui.ctx().content_rect());
    let origin = (rect.min.to_vec2() * scale).round();
    let size = ((rect.max.to_vec2() * scale).round() - origin).max(vec2(0.0, 0.0));
    let seen = size.x >= 1.0 && size.y >= 1.0 && ui.is_rect_visible(rect);
    seen.then(|| Place {
        rect: Rect::from_min_size((origin / scale).to_pos2(), size / scale),
        origin: origin.into(),
        size: size.into(),
    })
}

/// What a pipeline draws onto, and how that is mixed with what is there.
pub(super) struct Onto {
    pub format: wgpu::TextureFormat,
    pub blend: wgpu::BlendState,
}

/// A pipeline of one shader; with `instances`, four corners of a quad for each of them.
pub(super) fn pipeline(
    device: &wgpu::Device,
    module: &wgpu::ShaderModule,
    layouts: &[Option<&wgpu::BindGroupLayout>],
    (vertex, fragment): (&str, &str),
    instances: Option<wgpu::VertexBufferLayout<'_>>,
    onto: &Onto,
) -> wgpu::RenderPipeline {
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(fragment),
        bind_group_layouts: layouts,
        immediate_size: 0,
    });
    let topology = match instances {
        Some(_) => wgpu::PrimitiveTopology::TriangleStrip,
        None => wgpu::PrimitiveTopology::TriangleList,
    };
    let target =
        wgpu::ColorTargetState { format: onto.format, blend: Some(onto.blend), write_mask: wgpu::ColorWrites::ALL };
    let buffers: Vec<_> = instances.into_iter().map(Some).collect();
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(fragment),
        layout: Some(&layout),
        vertex: wgpu::VertexState {
            module,
            entry_point: Some(vertex),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            buffers: &buffers,
        },
        primitive: wgpu::PrimitiveState { topology, ..Default::default() },
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module,
            entry_point: Some(fragment),
            compilation_options: wgpu::PipelineCompilationOptions::default(),
            targets: &[Some(target)],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// A layout of entries that the shaders of both stages may read.
pub(super) fn layout(device: &wgpu::Device, entries: &[wgpu::BindingType]) -> wgpu::BindGroupLayout {
    let entries: Vec<_> = entries
        .iter()
        .zip(0..)
        .map(|(ty, binding)| wgpu::BindGroupLayoutEntry {
            binding,
            visibility: wgpu::ShaderStages::VERTEX_FRAGMENT,
            ty: *ty,
            count: None,
        })
        .collect();
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: None, entries: &entries })
}

pub(super) const UNIFORMS: wgpu::BindingType = wgpu::BindingType::Buffer {
    ty: wgpu::BufferBindingType::Uniform,
    has_dynamic_offset: false,
    min_binding_size: None,
};

/// A picture whose texels are read one by one.
pub(super) const PICTURE: wgpu::BindingType = wgpu::BindingType::Texture {
    sample_type: wgpu::TextureSampleType::Float { filterable: false },
    view_dimension: wgpu::TextureViewDimension::D2,
    multisampled: false,
};

/// Bindings of uniforms alone.
pub(super) fn bind_uniforms(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    uniforms: &impl bytemuck::Pod,
) -> wgpu::BindGroup {
    use wgpu::util::DeviceExt;
    let buffer = device.create_buffer_init(&wgpu::util::BufferInitDescriptor {
        label: Some("uniforms"),
        contents: bytemuck::bytes_of(uniforms),
        usage: wgpu::BufferUsages::UNIFORM,
    });
    let entries = [wgpu::BindGroupEntry { binding: 0, resource: buffer.as_entire_binding() }];
    device.create_bind_group(&wgpu::BindGroupDescriptor { label: None, layout, entries: &entries })
}
