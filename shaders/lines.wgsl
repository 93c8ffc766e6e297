// Draws segments of a line over a map, each with round ends and a width and colour of its own. The twin of
// `Lines::image` in src/render/lines.rs.

struct Uniforms {
    // Map coordinates in the middle of the view.
    centre: vec2<f32>,
    // Size of the view in pixels.
    size: vec2<f32>,
    // Pixels to one unit of the map.
    scale: f32,
    // Pixels of the screen to one of its points.
    pixels: f32,
    // 1 where the framebuffer converts from linear light by itself.
    linear_target: u32,
    unused: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;

struct Segment {
    @builtin(position) position: vec4<f32>,
    // Where it is, along the segment from its begin and beside it, in pixels.
    @location(0) at: vec2<f32>,
    // Length and half of the width in pixels.
    @location(1) @interpolate(flat) size: vec2<f32>,
    @location(2) @interpolate(flat) colour: vec4<f32>,
}

fn to_pixel(at: vec2<f32>) -> vec2<f32> {
    let away = (at - u.centre) * u.scale;
    return vec2<f32>(away.x, -away.y) + u.size * 0.5;
}

@vertex
fn vs_main(
    @builtin(vertex_index) index: u32,
    @location(0) begin: vec2<f32>,
    @location(1) end: vec2<f32>,
    @location(2) width: f32,
    // Multiplied with its alpha already.
    @location(3) colour: vec4<f32>,
) -> Segment {
    let from_pixel = to_pixel(begin);
    let way = to_pixel(end) - from_pixel;
    let length = length(way);
    var along = vec2<f32>(1.0, 0.0);
    if length > 1e-6 {
        along = way / length;
    }
    let half = width * u.pixels * 0.5;
    let reach = half + 1.0;
    let x = select(-reach, length + reach, (index & 1u) == 1u);
    let y = select(-reach, reach, (index >> 1u) == 1u);
    let pixel = from_pixel + along * x + vec2<f32>(-along.y, along.x) * y;
    let clip = pixel / u.size * 2.0 - 1.0;
    var segment: Segment;
    segment.position = vec4<f32>(clip.x, -clip.y, 0.0, 1.0);
    segment.at = vec2<f32>(x, y);
    segment.size = vec2<f32>(length, half);
    segment.colour = colour;
    return segment;
}

fn to_linear(colour: vec3<f32>) -> vec3<f32> {
    let low = colour / 12.92;
    let high = pow((colour + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, colour <= vec3<f32>(0.04045));
}

@fragment
fn fs_main(segment: Segment) -> @location(0) vec4<f32> {
    let nearest = vec2<f32>(clamp(segment.at.x, 0.0, segment.size.x), 0.0);
    let cover = clamp(segment.size.y - distance(segment.at, nearest) + 0.5, 0.0, 1.0);
    var colour = segment.colour;
    if u.linear_target == 1u && colour.a > 0.0 {
        colour = vec4<f32>(to_linear(min(colour.rgb / colour.a, vec3<f32>(1.0))) * colour.a, colour.a);
    }
    return colour * cover;
}
