//! The colours in which arrays are shown.

/// The colour map viridis (Smith and van der Walt 2015) for `value` in 0..1, values outside clamped: perceptually
/// uniform, readable in grey and by the colour-blind. Red, green, blue.
///
/// A polynomial of sixth degree fitted to the published table by Matt Zucker (CC0); it is within 2 % of it everywhere.
pub fn viridis(value: f32) -> [u8; 3] {
    const COEFFICIENTS: [[f32; 3]; 7] = [
        [0.277_727_3, 0.005_407_3, 0.334_099_8],
        [0.105_093, 1.404_613_5, 1.384_590_1],
        [-0.330_861_8, 0.214_847_56, 0.095_095_2],
        [-4.634_23, -5.799_101, -19.332_441],
        [6.228_27, 14.179_934, 56.690_55],
        [4.776_385, -13.745_145, -65.353_03],
        [-5.435_456, 4.645_852_6, 26.312_435],
    ];
    let value = if value.is_finite() { value.clamp(0.0, 1.0) } else { 0.0 };
    std::array::from_fn(|channel| {
        let sum = COEFFICIENTS.iter().rev().fold(0.0, |sum, power| sum * value + power[channel]);
        (sum.clamp(0.0, 1.0) * 255.0).round() as u8
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ends_and_the_middle_are_those_of_the_published_table() {
        let near = |value, expected: [u8; 3]| {
            for (found, expected) in viridis(value).into_iter().zip(expected) {
                assert!(found.abs_diff(expected) <= 6, "{value}: {found} is not {expected}");
            }
        };
        near(0.0, [68, 1, 84]);
        near(0.5, [33, 145, 140]);
        near(1.0, [253, 231, 37]);
    }
}
