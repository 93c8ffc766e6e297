//! AVX2: two registers hold sixteen tracks. Bytes are widened to 16 bits first, for the instruction that multiplies bytes
//! directly would saturate.

#![expect(unsafe_code, reason = "vector instructions")]

use std::arch::x86_64::*;

use super::{Rows, Simd};

#[derive(Clone, Copy)]
pub struct Avx2;

// SAFETY of all: the trait's callers have the instruction set and give pointers that reach what is read and written.
impl Simd for Avx2 {
    type I = (__m256i, __m256i);
    type F = (__m256, __m256);

    #[inline(always)]
    unsafe fn dots<const N: usize>(data: *const u8, groups: usize, query: Rows) -> [Self::I; N] {
        unsafe {
            let zero = _mm256_setzero_si256();
            let mut out = [(zero, zero); N];
            let mut row = 0_usize;
            // Two queries at a time: eight sums and four registers of data fit into the sixteen there are.
            while row < N {
                let pair = row.wrapping_add(1) < N;
                let second = if pair { row.wrapping_add(1) } else { row };
                let (mut a, mut b) = ([zero; 4], [zero; 4]);
                let (qa, qb) = (query.words.add(row.wrapping_mul(query.stride)), query.words.add(second.wrapping_mul(query.stride)));
                for group in 0..groups {
                    let from = data.add(group.wrapping_mul(64));
                    let x = _mm256_set1_epi64x(qa.add(group).read_unaligned());
                    let y = _mm256_set1_epi64x(qb.add(group).read_unaligned());
                    let mut part = 0_usize;
                    while part < 4 {
                        let four = _mm256_cvtepu8_epi16(_mm_loadu_si128(from.add(part * 16).cast()));
                        a[part] = _mm256_add_epi32(a[part], _mm256_madd_epi16(four, x));
                        b[part] = _mm256_add_epi32(b[part], _mm256_madd_epi16(four, y));
                        part += 1;
                    }
                }
                out[row] = gather(a);
                if pair {
                    out[second] = gather(b);
                }
                row = row.wrapping_add(2);
            }
            out
        }
    }

    #[inline(always)]
    unsafe fn load_i(from: *const i32) -> Self::I {
        unsafe { (_mm256_loadu_si256(from.cast()), _mm256_loadu_si256(from.add(8).cast())) }
    }
    #[inline(always)]
    unsafe fn store_i(to: *mut i32, value: Self::I) {
        unsafe {
            _mm256_storeu_si256(to.cast(), value.0);
            _mm256_storeu_si256(to.add(8).cast(), value.1);
        }
    }
    #[inline(always)]
    unsafe fn splat_i(value: i32) -> Self::I {
        unsafe { (_mm256_set1_epi32(value), _mm256_set1_epi32(value)) }
    }
    #[inline(always)]
    unsafe fn add_i(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_add_epi32(a.0, b.0), _mm256_add_epi32(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn sub_i(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_sub_epi32(a.0, b.0), _mm256_sub_epi32(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn min_i(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_min_epi32(a.0, b.0), _mm256_min_epi32(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn max_i(a: Self::I, b: Self::I) -> Self::I {
        unsafe { (_mm256_max_epi32(a.0, b.0), _mm256_max_epi32(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn to_f(a: Self::I) -> Self::F {
        unsafe { (_mm256_cvtepi32_ps(a.0), _mm256_cvtepi32_ps(a.1)) }
    }

    #[inline(always)]
    unsafe fn load_f(from: *const f32) -> Self::F {
        unsafe { (_mm256_loadu_ps(from), _mm256_loadu_ps(from.add(8))) }
    }
    #[inline(always)]
    unsafe fn store_f(to: *mut f32, value: Self::F) {
        unsafe {
            _mm256_storeu_ps(to, value.0);
            _mm256_storeu_ps(to.add(8), value.1);
        }
    }
    #[inline(always)]
    unsafe fn splat_f(value: f32) -> Self::F {
        unsafe { (_mm256_set1_ps(value), _mm256_set1_ps(value)) }
    }
    #[inline(always)]
    unsafe fn add_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_add_ps(a.0, b.0), _mm256_add_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn sub_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_sub_ps(a.0, b.0), _mm256_sub_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn mul_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_mul_ps(a.0, b.0), _mm256_mul_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn min_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_min_ps(a.0, b.0), _mm256_min_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn max_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { (_mm256_max_ps(a.0, b.0), _mm256_max_ps(a.1, b.1)) }
    }
    #[inline(always)]
    unsafe fn root_below(a: Self::F) -> Self::F {
        // The reciprocal root errs by 1.5 · 2⁻¹² at most; that of 0 is infinite, and 0 · ∞ is no number.
        unsafe {
            let (most, below) = (_mm256_set1_ps(f32::MAX), _mm256_set1_ps(0.9995));
            let root = |a| _mm256_mul_ps(_mm256_mul_ps(a, _mm256_min_ps(_mm256_rsqrt_ps(a), most)), below);
            (root(a.0), root(a.1))
        }
    }
    #[inline(always)]
    unsafe fn within(a: Self::F, limit: Self::F) -> u16 {
        unsafe {
            let bits = |a, limit| _mm256_movemask_ps(_mm256_cmp_ps::<_CMP_LE_OQ>(a, limit)) as u16;
            bits(a.0, limit.0) | (bits(a.1, limit.1) << 8)
        }
    }
    #[inline(always)]
    unsafe fn pick(bits: u16, a: Self::F, b: Self::F) -> Self::F {
        unsafe {
            let lanes = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
            let mask = |bits: u16| {
                let set = _mm256_and_si256(_mm256_set1_epi32(i32::from(bits)), lanes);
                _mm256_castsi256_ps(_mm256_cmpeq_epi32(set, lanes))
            };
            let (first, second) = (mask(bits & 0xFF), mask(bits >> 8));
            (_mm256_blendv_ps(b.0, a.0, first), _mm256_blendv_ps(b.1, a.1, second))
        }
    }
    #[inline(always)]
    unsafe fn least(a: Self::F) -> f32 {
        unsafe {
            let eight = _mm256_min_ps(a.0, a.1);
            let four = _mm_min_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps::<1>(eight));
            let two = _mm_min_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_min_ss(two, _mm_shuffle_ps::<1>(two, two)))
        }
    }
    #[inline(always)]
    unsafe fn choose(limit: Self::I, index: i32, a: Self::F, b: Self::F) -> Self::F {
        unsafe {
            let at = _mm256_set1_epi32(index);
            let first = _mm256_castsi256_ps(_mm256_cmpgt_epi32(limit.0, at));
            let second = _mm256_castsi256_ps(_mm256_cmpgt_epi32(limit.1, at));
            (_mm256_blendv_ps(b.0, a.0, first), _mm256_blendv_ps(b.1, a.1, second))
        }
    }
}

/// Sums pairs of neighbours and puts the tracks back in their order.
#[inline(always)]
unsafe fn gather(sums: [__m256i; 4]) -> (__m256i, __m256i) {
    unsafe {
        let first = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(sums[0], sums[1]));
        let second = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(sums[2], sums[3]));
        (first, second)
    }
}
