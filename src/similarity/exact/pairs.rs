//! Squared distances in full precision, to the last bit those of [`squared_distance`](crate::similarity::kernel::squared_distance).

#![expect(unsafe_code, reason = "vector instructions over checked slices")]

use super::simd::Level;
use crate::similarity::kernel::squared_distance;

/// Squared distances of all points of `a` from all points of `b`, row by row into `out`, whatever the instruction set
/// the same.
///
/// Panics where the slices do not hold whole points of `dim` dimensions or `out` is shorter than the table.
pub fn squared_table(level: Level, dim: usize, a: &[f32], b: &[f32], out: &mut [f32]) {
    let (rows, columns) = (a.len() / dim, b.len() / dim);
    assert!(a.len() == rows * dim && b.len() == columns * dim && out.len() >= rows * columns, "whole points");
    #[cfg(target_arch = "x86_64")]
    if level != Level::Portable {
        // SAFETY: the level says that the processor has AVX2, and the lengths were checked.
        unsafe { avx2(dim, a, b, out) };
        return;
    }
    let _ = level;
    if columns == 0 {
        return;
    }
    for (point, row) in a.chunks_exact(dim).zip(out.chunks_exact_mut(columns)) {
        for (other, cell) in b.chunks_exact(dim).zip(row) {
            *cell = squared_distance(point, other);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2(dim: usize, a: &[f32], b: &[f32], out: &mut [f32]) {
    use std::arch::x86_64::*;
    const AT_ONCE: usize = 4;
    let (rows, columns) = (a.len() / dim, b.len() / dim);
    let even = dim - dim % 8;
    for row in 0..rows {
        let mut column = 0_usize;
        while column < columns {
            let count = (columns - column).min(AT_ONCE);
            let mut sums = [_mm256_setzero_ps(); AT_ONCE];
            // SAFETY: `row` and `column` are of whole points, `at` + 8 ≤ `even` ≤ `dim`.
            unsafe {
                let point = a.as_ptr().add(row * dim);
                // Where fewer are left, the last one is computed again.
                let others: [*const f32; AT_ONCE] = [
                    b.as_ptr().add(column * dim),
                    b.as_ptr().add((column + 1.min(count - 1)) * dim),
                    b.as_ptr().add((column + 2.min(count - 1)) * dim),
                    b.as_ptr().add((column + 3.min(count - 1)) * dim),
                ];
                let mut at = 0_usize;
                while at < even {
                    let x = _mm256_loadu_ps(point.add(at));
                    let mut k = 0_usize;
                    while k < AT_ONCE {
                        let difference = _mm256_sub_ps(x, _mm256_loadu_ps(others[k].add(at)));
                        sums[k] = _mm256_add_ps(sums[k], _mm256_mul_ps(difference, difference));
                        k += 1;
                    }
                    at = at.wrapping_add(8);
                }
            }
            for (k, sum) in sums.iter().enumerate().take(count) {
                let mut lanes = [0.0_f32; 8];
                // SAFETY: eight values into eight.
                unsafe { _mm256_storeu_ps(lanes.as_mut_ptr(), *sum) };
                let (x, y) = (&a[row * dim + even..(row + 1) * dim], (column + k) * dim);
                let rest: f32 = x.iter().zip(&b[y + even..y + dim]).map(|(x, y)| (x - y) * (x - y)).sum();
                out[row * columns + column + k] = lanes.iter().sum::<f32>() + rest;
            }
            column += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        for dim in [1, 7, 8, 13, 128] {
            let values = |seed: usize, points: usize| -> Vec<f32> {
                (0..points * dim).map(|i| (((i + seed) * 7919 % 1_009) as f32).sin() * 3.0).collect()
            };
            let (a, b) = (values(1, 5), values(2, 7));
            let expected: Vec<f32> =
                a.chunks_exact(dim).flat_map(|x| b.chunks_exact(dim).map(move |y| squared_distance(x, y))).collect();
            for level in Level::available() {
                let mut out = vec![f32::NAN; 35];
                squared_table(level, dim, &a, &b, &mut out);
                assert_eq!(out, expected, "{level:?}, {dim}");
            }
        }
    }
}
