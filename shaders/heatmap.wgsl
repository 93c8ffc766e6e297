// Draws a matrix of numbers as colours: the nearest cell along an axis that is magnified, the mean of the cells under
// the pixel along one that is minified. The twin of `Heatmap::pixel` in src/render/heatmap.rs.

struct Uniforms {
    // Left top corner and size of the whole image in the framebuffer's pixels, also where a part of it is clipped.
    origin: vec2<f32>,
    size: vec2<f32>,
    // Columns and rows of the matrix as stored, row by row.
    columns: u32,
    rows: u32,
    // The part of the image that is shown, 0 to 1 from the left and from the top.
    view_min: vec2<f32>,
    view_max: vec2<f32>,
    // Values that take the first and the last colour.
    low: f32,
    high: f32,
    // Row of the table of colours.
    map: u32,
    // 1: time runs to the right and the first column is at the bottom; 0: rows run down, columns to the right.
    upright: u32,
    // 1 where the framebuffer converts from linear light by itself.
    linear_target: u32,
    // Texels in a row of the texture that holds the matrix.
    pitch: u32,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(0) @binding(1) var cells: texture_2d<f32>;
@group(0) @binding(2) var colours: texture_2d<f32>;

@vertex
fn vs_main(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    // One triangle that covers the viewport.
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

fn cell(x: u32, y: u32) -> f32 {
    // `x` and `y` count in the image; the matrix is stored row by row in one long run of texels.
    var index = y * u.columns + x;
    if u.upright == 1u {
        index = x * u.columns + (u.columns - 1u - y);
    }
    return textureLoad(cells, vec2<u32>(index % u.pitch, index / u.pitch), 0).r;
}

// The cells under [begin, end) along one axis of `count` cells: first cell, one past the last, and whether only the
// nearest one counts.
fn footprint(begin: f32, end: f32, count: u32) -> vec2<u32> {
    if end - begin <= 1.0 {
        let nearest = min(u32(max((begin + end) * 0.5, 0.0)), count - 1u);
        return vec2<u32>(nearest, nearest + 1u);
    }
    let first = min(u32(max(begin, 0.0)), count - 1u);
    return vec2<u32>(first, clamp(u32(ceil(end)), first + 1u, count));
}

fn weight(index: u32, begin: f32, end: f32) -> f32 {
    if end - begin <= 1.0 {
        return 1.0;
    }
    return max(min(f32(index + 1u), end) - max(f32(index), begin), 0.0);
}

fn to_linear(colour: vec3<f32>) -> vec3<f32> {
    let low = colour / 12.92;
    let high = pow((colour + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, colour <= vec3<f32>(0.04045));
}

@fragment
fn fs_main(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    var extent = vec2<u32>(u.columns, u.rows);
    if u.upright == 1u {
        extent = vec2<u32>(u.rows, u.columns);
    }
    let pixel = floor(position.xy) - u.origin;
    let span = (u.view_max - u.view_min) * vec2<f32>(extent);
    let offset = u.view_min * vec2<f32>(extent);
    let begin = offset + pixel / u.size * span;
    let end = offset + (pixel + 1.0) / u.size * span;
    let across = footprint(begin.x, end.x, extent.x);
    let down = footprint(begin.y, end.y, extent.y);
    var sum = 0.0;
    var weights = 0.0;
    for (var y = down.x; y < down.y; y++) {
        let weight_y = weight(y, begin.y, end.y);
        for (var x = across.x; x < across.y; x++) {
            let both = weight_y * weight(x, begin.x, end.x);
            sum += both * cell(x, y);
            weights += both;
        }
    }
    let value = (sum / max(weights, 1e-12) - u.low) / max(u.high - u.low, 1e-12);
    let entry = u32(clamp(value, 0.0, 1.0) * 255.0 + 0.5);
    let colour = textureLoad(colours, vec2<u32>(min(entry, 255u), u.map), 0).rgb;
    return vec4<f32>(select(colour, to_linear(colour), u.linear_target == 1u), 1.0);
}
