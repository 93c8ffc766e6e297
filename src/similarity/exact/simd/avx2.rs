//! AVX2: two registers hold sixteen tracks. Bytes are widened to 16 bits first, for the instruction that multiplies bytes
//! directly would saturate.

#![expect(unsafe_code, reason = "vector instructions")]

use std::arch::x86_64::*;

use super::{Rows, Simd, read, write};

#[derive(Clone, Copy)]
pub struct Avx2;

// SAFETY of all: the trait's callers have the instruction set and give pointers that reach what is read and written.
impl Simd for Avx2 {
    type I = (__m256i, __m256i);
    type F = (__m256, __m256);

    #[inline(always)]
    unsafe fn fourteen(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32) {
        unsafe {
            let mut row = 0_usize;
            while row < 14 {
                pair(data, groups, rows, 14, row, norms, out);
                row = row.wrapping_add(2);
            }
        }
    }
    #[inline(always)]
    unsafe fn four(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32) {
        unsafe {
            pair(data, groups, rows, 4, 0, norms, out);
            pair(data, groups, rows, 4, 2, norms, out);
        }
    }
    #[inline(always)]
    unsafe fn one(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32) {
        unsafe {
            let zero = _mm256_setzero_si256();
            let (mut a, mut b, mut c, mut d) = (zero, zero, zero, zero);
            let mut group = 0_usize;
            while group < groups {
                let from = data.wrapping_add(group.wrapping_mul(64));
                let x = _mm256_set1_epi64x(read(rows.words.wrapping_add(group)));
                a = _mm256_add_epi32(a, _mm256_madd_epi16(widen(from), x));
                b = _mm256_add_epi32(b, _mm256_madd_epi16(widen(from.wrapping_add(16)), x));
                c = _mm256_add_epi32(c, _mm256_madd_epi16(widen(from.wrapping_add(32)), x));
                d = _mm256_add_epi32(d, _mm256_madd_epi16(widen(from.wrapping_add(48)), x));
                group = group.wrapping_add(1);
            }
            finish(a, b, c, d, read(rows.bases), norms, out);
        }
    }

    #[inline(always)]
    unsafe fn load_i(from: *const i32) -> Self::I {
        unsafe { (read(from), read(from.wrapping_add(8))) }
    }
    #[inline(always)]
    unsafe fn store_i(to: *mut i32, value: Self::I) {
        unsafe {
            write(to, value.0);
            write(to.wrapping_add(8), value.1);
        }
    }
    #[inline(always)]
    unsafe fn splat_i(value: i32) -> Self::I {
        unsafe { (_mm256_set1_epi32(value), _mm256_set1_epi32(value)) }
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
        unsafe { (read(from), read(from.wrapping_add(8))) }
    }
    #[inline(always)]
    unsafe fn store_f(to: *mut f32, value: Self::F) {
        unsafe {
            write(to, value.0);
            write(to.wrapping_add(8), value.1);
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

/// Sixteen bytes as 16-bit numbers.
#[inline(always)]
unsafe fn widen(from: *const u8) -> __m256i {
    unsafe { _mm256_cvtepu8_epi16(read(from)) }
}

/// Two rows of a run of `count` at once: eight sums and what they are made of fit into the sixteen registers there are.
#[inline(always)]
unsafe fn pair(
    data: *const u8,
    groups: usize,
    rows: Rows,
    count: usize,
    row: usize,
    norms: (__m256i, __m256i),
    out: *mut i32,
) {
    unsafe {
        let zero = _mm256_setzero_si256();
        let (mut a, mut b, mut c, mut d) = (zero, zero, zero, zero);
        let (mut e, mut f, mut g, mut h) = (zero, zero, zero, zero);
        let mut from = data;
        let mut words = rows.words.wrapping_add(row);
        let mut left = groups;
        while left > 0 {
            let x = _mm256_set1_epi64x(read(words));
            let y = _mm256_set1_epi64x(read(words.wrapping_add(1)));
            let four = widen(from);
            a = _mm256_add_epi32(a, _mm256_madd_epi16(four, x));
            e = _mm256_add_epi32(e, _mm256_madd_epi16(four, y));
            let four = widen(from.wrapping_add(16));
            b = _mm256_add_epi32(b, _mm256_madd_epi16(four, x));
            f = _mm256_add_epi32(f, _mm256_madd_epi16(four, y));
            let four = widen(from.wrapping_add(32));
            c = _mm256_add_epi32(c, _mm256_madd_epi16(four, x));
            g = _mm256_add_epi32(g, _mm256_madd_epi16(four, y));
            let four = widen(from.wrapping_add(48));
            d = _mm256_add_epi32(d, _mm256_madd_epi16(four, x));
            h = _mm256_add_epi32(h, _mm256_madd_epi16(four, y));
            from = from.wrapping_add(64);
            words = words.wrapping_add(count);
            left = left.wrapping_sub(1);
        }
        let out = out.wrapping_add(row.wrapping_mul(16));
        finish(a, b, c, d, read(rows.bases.wrapping_add(row)), norms, out);
        finish(e, f, g, h, read(rows.bases.wrapping_add(row).wrapping_add(1)), norms, out.wrapping_add(16));
    }
}

/// Sums pairs of neighbours, puts the tracks back in their order, and makes squared distances of the sums.
#[inline(always)]
unsafe fn finish(a: __m256i, b: __m256i, c: __m256i, d: __m256i, base: i32, norms: (__m256i, __m256i), out: *mut i32) {
    unsafe {
        let first = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(a, b));
        let second = _mm256_permute4x64_epi64::<0b11_01_10_00>(_mm256_hadd_epi32(c, d));
        let base = _mm256_set1_epi32(base);
        let square = |norm, sum| _mm256_sub_epi32(_mm256_add_epi32(base, norm), _mm256_add_epi32(sum, sum));
        write(out, square(norms.0, first));
        write(out.wrapping_add(8), square(norms.1, second));
    }
}
