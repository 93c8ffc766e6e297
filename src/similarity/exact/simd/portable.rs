//! Plain arrays, for processors without an instruction set of their own here; compilers turn them into NEON and SSE.

#![expect(unsafe_code, reason = "the trait speaks of pointers")]

use super::{LANES, Rows, Simd, read, write};

#[derive(Clone, Copy)]
pub struct Portable;

#[inline(always)]
fn zip<T: Copy>(a: [T; LANES], b: [T; LANES], f: impl Fn(T, T) -> T) -> [T; LANES] {
    std::array::from_fn(|lane| f(a[lane], b[lane]))
}

/// See [`Simd::fourteen`].
#[inline(always)]
unsafe fn run<const N: usize>(data: *const u8, groups: usize, rows: Rows, norms: [i32; LANES], out: *mut i32) {
    let mut sums = [[0_i32; LANES]; N];
    for group in 0..groups {
        let bytes: [[u8; 4]; LANES] = unsafe { read(data.wrapping_add(group * LANES * 4)) };
        for (row, sums) in sums.iter_mut().enumerate() {
            let four: [i16; 4] = unsafe { read(rows.words.wrapping_add(group * N + row)) };
            for (sum, bytes) in sums.iter_mut().zip(&bytes) {
                for (byte, value) in bytes.iter().zip(four) {
                    *sum = sum.wrapping_add(i32::from(*byte).wrapping_mul(i32::from(value)));
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        let base: i32 = unsafe { read(rows.bases.wrapping_add(row)) };
        let squares: [i32; LANES] =
            std::array::from_fn(|lane| base.wrapping_add(norms[lane]).wrapping_sub(sums[lane].wrapping_mul(2)));
        unsafe { write(out.wrapping_add(row * LANES), squares) };
    }
}

// SAFETY of all: the trait's callers give pointers that reach what is read and written.
impl Simd for Portable {
    type I = [i32; LANES];
    type F = [f32; LANES];

    #[inline(always)]
    unsafe fn fourteen(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32) {
        unsafe { run::<14>(data, groups, rows, norms, out) }
    }
    #[inline(always)]
    unsafe fn four(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32) {
        unsafe { run::<4>(data, groups, rows, norms, out) }
    }
    #[inline(always)]
    unsafe fn one(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32) {
        unsafe { run::<1>(data, groups, rows, norms, out) }
    }

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
        [value; LANES]
    }
    #[inline(always)]
    unsafe fn min_i(a: Self::I, b: Self::I) -> Self::I {
        zip(a, b, Ord::min)
    }
    #[inline(always)]
    unsafe fn max_i(a: Self::I, b: Self::I) -> Self::I {
        zip(a, b, Ord::max)
    }
    #[inline(always)]
    unsafe fn to_f(a: Self::I) -> Self::F {
        a.map(|value| value as f32)
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
        [value; LANES]
    }
    #[inline(always)]
    unsafe fn add_f(a: Self::F, b: Self::F) -> Self::F {
        zip(a, b, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub_f(a: Self::F, b: Self::F) -> Self::F {
        zip(a, b, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul_f(a: Self::F, b: Self::F) -> Self::F {
        zip(a, b, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn min_f(a: Self::F, b: Self::F) -> Self::F {
        zip(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    unsafe fn max_f(a: Self::F, b: Self::F) -> Self::F {
        zip(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn root_below(a: Self::F) -> Self::F {
        a.map(|value| value.sqrt() * 0.999_999)
    }
    #[inline(always)]
    unsafe fn within(a: Self::F, limit: Self::F) -> u16 {
        a.iter().zip(limit).enumerate().fold(0, |bits, (lane, (a, limit))| bits | (u16::from(*a <= limit) << lane))
    }
    #[inline(always)]
    unsafe fn pick(bits: u16, a: Self::F, b: Self::F) -> Self::F {
        std::array::from_fn(|lane| if bits & (1 << lane) == 0 { b[lane] } else { a[lane] })
    }
    #[inline(always)]
    unsafe fn least(a: Self::F) -> f32 {
        a.iter().fold(f32::INFINITY, |least, value| if *value < least { *value } else { least })
    }
    #[inline(always)]
    unsafe fn choose(limit: Self::I, index: i32, a: Self::F, b: Self::F) -> Self::F {
        std::array::from_fn(|lane| if limit[lane] > index { a[lane] } else { b[lane] })
    }
}
