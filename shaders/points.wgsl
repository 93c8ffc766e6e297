// Draws points of a map: as crisp discs, or as their number under each pixel on a logarithmic scale. The twin of
// `Points::image` in src/render/points.rs.

struct Uniforms {
    // Left top corner of the view in the framebuffer's pixels.
    origin: vec2<f32>,
    // Map coordinates in the middle of the view.
    centre: vec2<f32>,
    // Size of the view in pixels.
    size: vec2<f32>,
    // How many points have full strength, and how strong a single one is.
    brightest: f32,
    faintest: f32,
    // What shows through under the points.
    ground: vec4<f32>,
    // Pixels to one unit of the map.
    scale: f32,
    // Radius of a disc and width of its outline in pixels.
    radius: f32,
    outline: f32,
    // How far points are on their way from where they were, 0 to 1.
    progress: f32,
    // How much is left of the colour of lit and of dimmed points.
    lit: f32,
    dim: f32,
    // How much the picture is made of densities, 0 to 1; the rest is discs.
    density: f32,
    // 1 where the framebuffer converts from linear light by itself.
    linear_target: u32,
    colours: array<vec4<f32>, 16>,
}

@group(0) @binding(0) var<uniform> u: Uniforms;
@group(1) @binding(0) var dim_sums: texture_2d<f32>;
@group(1) @binding(1) var lit_sums: texture_2d<f32>;

struct Disc {
    @builtin(position) position: vec4<f32>,
    // Pixels from the middle of the disc.
    @location(0) offset: vec2<f32>,
    @location(1) @interpolate(flat) colour: vec3<f32>,
    @location(2) @interpolate(flat) lit: u32,
}

@vertex
fn vs_disc(
    @builtin(vertex_index) index: u32,
    @location(0) at: vec2<f32>,
    @location(1) before: vec2<f32>,
    // Colour now, colour before, and 1 where it is lit.
    @location(2) kind: vec4<u32>,
) -> Disc {
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u)) * 2.0 - 1.0;
    let offset = corner * (u.radius + u.outline + 1.0);
    let away = (mix(before, at, u.progress) - u.centre) * u.scale;
    let pixel = vec2<f32>(away.x, -away.y) + u.size * 0.5 + offset;
    let clip = pixel / u.size * 2.0 - 1.0;
    var disc: Disc;
    disc.position = vec4<f32>(clip.x, -clip.y, 0.0, 1.0);
    disc.offset = offset;
    disc.colour = mix(u.colours[kind.y & 15u].rgb, u.colours[kind.x & 15u].rgb, u.progress);
    disc.lit = kind.z;
    return disc;
}

fn cover(radius: f32, distance: f32) -> f32 {
    return clamp(radius - distance + 0.5, 0.0, 1.0);
}

fn to_linear(colour: vec3<f32>) -> vec3<f32> {
    let low = colour / 12.92;
    let high = pow((colour + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, low, colour <= vec3<f32>(0.04045));
}

// `colour` is multiplied with its alpha already.
fn shown(colour: vec4<f32>) -> vec4<f32> {
    if u.linear_target == 0u || colour.a <= 0.0 {
        return colour;
    }
    return vec4<f32>(to_linear(min(colour.rgb / colour.a, vec3<f32>(1.0))) * colour.a, colour.a);
}

// A disc with an outline in the colour of the ground. A lit one covers what is below; a dimmed one lets it through.
@fragment
fn fs_disc(disc: Disc) -> @location(0) vec4<f32> {
    let distance = length(disc.offset);
    let inside = cover(u.radius, distance);
    let whole = cover(u.radius + u.outline, distance);
    var colour = disc.colour;
    var strength = 1.0 - u.density;
    if disc.lit == 1u {
        colour = mix(u.ground.rgb, colour, u.lit);
    } else {
        strength *= u.dim;
    }
    return shown(vec4<f32>(colour * inside + u.ground.rgb * (whole - inside), whole) * strength);
}

// One point more, and its colour, to be added up.
@fragment
fn fs_count(disc: Disc) -> @location(0) vec4<f32> {
    return vec4<f32>(disc.colour, 1.0) * cover(u.radius, length(disc.offset));
}

@vertex
fn vs_whole(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    // One triangle that covers the viewport.
    let corner = vec2<f32>(f32((index << 1u) & 2u), f32(index & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

// The mean colour of the points under a pixel, the stronger the more there are.
fn toned(sum: vec4<f32>, strength: f32) -> vec4<f32> {
    if sum.a <= 0.0 {
        return vec4<f32>(0.0);
    }
    let share = clamp(log(1.0 + sum.a) / log(1.0 + u.brightest), 0.0, 1.0);
    let alpha = min(sum.a, 1.0) * mix(u.faintest, 1.0, share) * strength;
    return vec4<f32>(sum.rgb / sum.a * alpha, alpha);
}

@fragment
fn fs_tone(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let pixel = vec2<i32>(floor(position.xy - u.origin));
    let below = toned(textureLoad(dim_sums, pixel, 0), u.dim * u.density);
    let above = toned(textureLoad(lit_sums, pixel, 0), u.lit * u.density);
    return shown(above + below * (1.0 - above.a));
}
