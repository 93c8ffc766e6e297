//! The cepstrum of a frame: the discrete cosine transform of its mel bands in decibels, as MFCC are.

use std::f64::consts::PI;

/// The weight of `band` among `bands` in a `coefficient` of the orthonormal DCT-II, the zeroth included:
/// √((2 − δₖ₀) / B) cos(π k (n + ½) / B).
pub fn cepstral_weight(coefficient: usize, band: usize, bands: usize) -> f64 {
    let bands = bands as f64;
    let scale = (if coefficient == 0 { 1.0 } else { 2.0 } / bands).sqrt();
    scale * (PI * coefficient as f64 * (band as f64 + 0.5) / bands).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_coefficients_are_orthonormal() {
        for (a, b) in [(0, 0), (3, 3), (0, 3), (5, 11)] {
            let product: f64 = (0..60).map(|band| cepstral_weight(a, band, 60) * cepstral_weight(b, band, 60)).sum();
            assert!((product - f64::from(u8::from(a == b))).abs() < 1e-12, "{a} {b}: {product}");
        }
        // scipy.fft.dct(numpy.eye(60)[7], type=2, norm="ortho")[5] = sqrt(2 / 60) * cos(pi * 5 * 7.5 / 60)
        assert!((cepstral_weight(5, 7, 60) + 0.069_868_116_097).abs() < 1e-9, "{}", cepstral_weight(5, 7, 60));
    }
}
