// Lower bounds of the distances of every row of a query from the mean of every track, less the track's radius: the mean of
// them where they are above 0, and the least. One invocation a track. Points lie on a grid of whole numbers, so squared
// distances are exact.

struct Query {
    rows: u32,
    tracks: u32,
    // Tracks of one row of workgroups.
    stride: u32,
    // Distance of two neighbours on the grid.
    step: f32,
}

// Groups of four dimensions of a point.
const GROUPS: u32 = 8u;

@group(0) @binding(0) var<uniform> query: Query;
// For each block of sixteen tracks, for each group: the four bytes of each track, 128 for 0.
@group(0) @binding(1) var<storage, read> points: array<u32>;
// For each track the squared norm of its point, and what is taken off its bounds.
@group(0) @binding(2) var<storage, read> tracks: array<vec2<f32>>;
// Row by row the groups of four signed bytes.
@group(0) @binding(3) var<storage, read> rows: array<u32>;
// For each row its squared norm, and by how much rounding moved it.
@group(0) @binding(4) var<storage, read> row_facts: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> bounds: array<vec2<f32>>;

fn product(a: u32, b: u32) -> i32 {
    let x = vec4<i32>(i32(a << 24u) >> 24u, i32(a << 16u) >> 24u, i32(a << 8u) >> 24u, i32(a) >> 24u);
    let y = vec4<i32>(i32(b << 24u) >> 24u, i32(b << 16u) >> 24u, i32(b << 8u) >> 24u, i32(b) >> 24u);
    return dot(x, y);
}

@compute @workgroup_size(64)
fn centres(@builtin(global_invocation_id) id: vec3<u32>) {
    let track = id.x + id.y * query.stride;
    if track >= query.tracks {
        return;
    }
    var point: array<u32, 8>;
    let first = (track / 16u) * GROUPS * 16u + track % 16u;
    for (var group = 0u; group < GROUPS; group++) {
        point[group] = points[first + group * 16u] ^ 0x80808080u;
    }
    let fact = tracks[track];
    var sum = 0.0;
    var kept = 0.0;
    var least = 3.4e38;
    for (var row = 0u; row < query.rows; row++) {
        var products = 0;
        for (var group = 0u; group < GROUPS; group++) {
            products += product(point[group], rows[row * GROUPS + group]);
        }
        let square = i32(fact.x) + i32(row_facts[row].x) - 2 * products;
        // A root of a GPU may be too large by a few units in the last place.
        let root = sqrt(f32(max(square, 0))) * 0.9999;
        let value = root * query.step - row_facts[row].y - fact.y;
        sum += value;
        kept += max(value, 0.0);
        least = min(least, value);
    }
    // Where nothing is kept, which is a bound of 0, a trace of the sum keeps an order among the tracks.
    bounds[track] = vec2<f32>((kept + min(sum, 0.0) * 1e-6) / f32(query.rows), least);
}
