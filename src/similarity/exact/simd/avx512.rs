//! AVX-512 with VNNI: one register holds sixteen tracks, one instruction multiplies and sums 64 bytes.

#![expect(unsafe_code, reason = "vector instructions")]

use std::arch::x86_64::*;

use super::{Rows, Simd, read, write};

#[derive(Clone, Copy)]
pub struct Avx512;

/// A run of rows, each with a sum in a register of its own.
macro_rules! run {
    ($name:ident, $count:literal; $($sum:ident $row:literal),*) => {
        #[inline(always)]
        unsafe fn $name(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32) {
            unsafe {
                $(let mut $sum = _mm512_setzero_si512();)*
                let mut group = 0_usize;
                while group < groups {
                    let bytes: __m512i = read(data.wrapping_add(group.wrapping_mul(64)));
                    let at = rows.bytes.wrapping_add(group.wrapping_mul($count));
                    $($sum = _mm512_dpbusd_epi32($sum, bytes, _mm512_set1_epi32(read(at.wrapping_add($row))));)*
                    group = group.wrapping_add(1);
                }
                $({
                    let base = _mm512_add_epi32(_mm512_set1_epi32(read(rows.bases.wrapping_add($row))), norms);
                    let square = _mm512_sub_epi32(base, _mm512_add_epi32($sum, $sum));
                    write(out.wrapping_add($row * 16), square);
                })*
            }
        }
    };
}

/// [`Simd::fourteen_least`], with a sum and the least so far of each row in registers.
macro_rules! least {
    ($($sum:ident $best:ident $row:literal),*) => {
        #[inline(always)]
        unsafe fn fourteen_least(
            data: *const u8,
            groups: usize,
            points: usize,
            rows: Rows,
            norms: *const i32,
            out: *mut i32,
        ) {
            unsafe {
                $(let mut $best = _mm512_set1_epi32(i32::MAX);)*
                let (mut from, mut norms) = (data, norms);
                let mut point = 0_usize;
                while point < points {
                    $(let mut $sum = _mm512_setzero_si512();)*
                    let mut at = rows.bytes;
                    let mut group = 0_usize;
                    while group < groups {
                        let bytes: __m512i = read(from);
                        $($sum = _mm512_dpbusd_epi32($sum, bytes, _mm512_set1_epi32(read(at.wrapping_add($row))));)*
                        from = from.wrapping_add(64);
                        at = at.wrapping_add(14);
                        group = group.wrapping_add(1);
                    }
                    let norm: __m512i = read(norms);
                    $($best = _mm512_min_epi32($best, _mm512_sub_epi32(norm, _mm512_add_epi32($sum, $sum)));)*
                    norms = norms.wrapping_add(16);
                    point = point.wrapping_add(1);
                }
                $({
                    let base = _mm512_set1_epi32(read(rows.bases.wrapping_add($row)));
                    write(out.wrapping_add($row * 16), _mm512_add_epi32($best, base));
                })*
            }
        }
    };
}

// SAFETY of all: the trait's callers have the instruction set and give pointers that reach what is read and written.
impl Simd for Avx512 {
    type I = __m512i;
    type F = __m512;

    run!(fourteen, 14; a 0, b 1, c 2, d 3, e 4, f 5, g 6, h 7, i 8, j 9, k 10, l 11, m 12, n 13);
    least!(a aa 0, b bb 1, c cc 2, d dd 3, e ee 4, f ff 5, g gg 6, h hh 7, i ii 8, j jj 9, k kk 10, l ll 11, m mm 12, n nn 13);
    run!(four, 4; a 0, b 1, c 2, d 3);
    run!(one, 1; a 0);

    #[inline(always)]
    unsafe fn load_i(from: *const i32) -> Self::I {
        unsafe { read(from) }
    }
    #[inline(always)]
    unsafe fn store_i(to: *mut i32, value: Self::I) {
        unsafe { write(to, value) }
    }
    #[inline(always)]
    unsafe fn splat_i(value: i32) -> Self::I {
        unsafe { _mm512_set1_epi32(value) }
    }
    #[inline(always)]
    unsafe fn min_i(a: Self::I, b: Self::I) -> Self::I {
        unsafe { _mm512_min_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn max_i(a: Self::I, b: Self::I) -> Self::I {
        unsafe { _mm512_max_epi32(a, b) }
    }
    #[inline(always)]
    unsafe fn to_f(a: Self::I) -> Self::F {
        unsafe { _mm512_cvtepi32_ps(a) }
    }

    #[inline(always)]
    unsafe fn load_f(from: *const f32) -> Self::F {
        unsafe { read(from) }
    }
    #[inline(always)]
    unsafe fn store_f(to: *mut f32, value: Self::F) {
        unsafe { write(to, value) }
    }
    #[inline(always)]
    unsafe fn splat_f(value: f32) -> Self::F {
        unsafe { _mm512_set1_ps(value) }
    }
    #[inline(always)]
    unsafe fn add_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn sub_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn mul_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn min_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn max_f(a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    unsafe fn root_below(a: Self::F) -> Self::F {
        // The reciprocal root errs by 2⁻¹⁴ at most; that of 0 is infinite, and 0 · ∞ is no number, so it is held down.
        unsafe {
            let inverse = _mm512_min_ps(_mm512_rsqrt14_ps(a), _mm512_set1_ps(f32::MAX));
            _mm512_mul_ps(_mm512_mul_ps(a, inverse), _mm512_set1_ps(0.9999))
        }
    }
    #[inline(always)]
    unsafe fn within(a: Self::F, limit: Self::F) -> u16 {
        unsafe { _mm512_cmp_ps_mask::<_CMP_LE_OQ>(a, limit) }
    }
    #[inline(always)]
    unsafe fn pick(bits: u16, a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_mask_blend_ps(bits, b, a) }
    }
    #[inline(always)]
    unsafe fn least(a: Self::F) -> f32 {
        unsafe { _mm512_reduce_min_ps(a) }
    }
    #[inline(always)]
    unsafe fn choose(limit: Self::I, index: i32, a: Self::F, b: Self::F) -> Self::F {
        unsafe { _mm512_mask_blend_ps(_mm512_cmpgt_epi32_mask(limit, _mm512_set1_epi32(index)), b, a) }
    }
}
