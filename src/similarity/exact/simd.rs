//! Sixteen tracks at a time: the vector operations that the first pass is made of, once for each instruction set.
//!
//! A value of [`Simd`] stands for an instruction set that this processor has; [`best`] looks for it at run time. Whatever
//! is computed in whole numbers is the same to the last bit with each of them. All kernels are written once, over
//! this trait, and inlined into one entry point an instruction set, so that they run at full speed in any build.

#![expect(unsafe_code, reason = "vector instructions; each kernel states what its pointers must reach")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use portable::Portable;

/// Tracks that are compared at once; a block of the store.
pub const LANES: usize = 16;

/// The instruction sets that the kernels are compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    Portable,
    Avx2,
    Avx512,
}

impl Level {
    /// Those that this processor has, the slowest first.
    pub fn available() -> Vec<Self> {
        let mut levels = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                levels.push(Self::Avx2);
            }
            if is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vnni")
            {
                levels.push(Self::Avx512);
            }
        }
        levels
    }

    /// The fastest that this processor has.
    pub fn best() -> Self {
        Self::available().pop().unwrap_or(Self::Portable)
    }
}

/// A few rows of a query, group by group: within a group of four dimensions, row by row, as signed bytes and once more as
/// 16-bit numbers.
#[derive(Clone, Copy)]
pub struct Rows {
    pub bytes: *const i32,
    pub words: *const i64,
    /// What is constant in each row's squared distances.
    pub bases: *const i32,
}

/// Rows that are compared at once; a query of 14 points is one such run.
pub const RUNS: [usize; 3] = [14, 4, 1];

/// A value at any address. Reading through it is one instruction in any build, where `read_unaligned` checks its pointer
/// in builds with debug assertions.
#[repr(C, packed)]
#[derive(Clone, Copy)]
struct Loose<T>(T);

/// # Safety
/// `from` reaches a `T`.
#[inline(always)]
unsafe fn read<T: Copy, U>(from: *const U) -> T {
    unsafe { (*from.cast::<Loose<T>>()).0 }
}

/// # Safety
/// `to` reaches a `T`.
#[inline(always)]
unsafe fn write<T: Copy, U>(to: *mut U, value: T) {
    unsafe { (*to.cast::<Loose<T>>()).0 = value }
}

/// Vectors of sixteen 32-bit numbers.
///
/// # Safety
/// Every function may only be called where the processor has the instruction set; pointers reach sixteen numbers unless
/// said otherwise, and need no alignment.
pub trait Simd: Copy {
    type I: Copy;
    type F: Copy;

    /// Squared distances of a run of 14 rows from sixteen tracks, into `out`, 14 × 16: base + norm − 2 Σ (signed byte of the row ×
    /// unsigned byte of the track) over `groups` × 4 dimensions.
    ///
    /// `data` reaches `groups` × 16 × 4 bytes, `rows` 14 rows of as many groups.
    unsafe fn fourteen(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32);
    /// The same for 4 rows.
    unsafe fn four(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32);
    /// The same for one.
    unsafe fn one(data: *const u8, groups: usize, rows: Rows, norms: Self::I, out: *mut i32);

    /// The least of what [`Simd::fourteen`] gives for each of `points` points, of which `data` and `norms` have as many.
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
            let mut squares = [0_i32; 14 * LANES];
            let mut point = 0_usize;
            while point < points {
                let from = data.wrapping_add(point.wrapping_mul(groups).wrapping_mul(LANES * 4));
                let norms = Self::load_i(norms.wrapping_add(point.wrapping_mul(LANES)));
                Self::fourteen(from, groups, rows, norms, squares.as_mut_ptr());
                let mut at = 0_usize;
                while at < 14 * LANES {
                    let found = Self::load_i(squares.as_ptr().wrapping_add(at));
                    let cell = out.wrapping_add(at);
                    let least = if point == 0 { found } else { Self::min_i(Self::load_i(cell), found) };
                    Self::store_i(cell, least);
                    at = at.wrapping_add(LANES);
                }
                point = point.wrapping_add(1);
            }
        }
    }

    unsafe fn load_i(from: *const i32) -> Self::I;
    unsafe fn store_i(to: *mut i32, value: Self::I);
    unsafe fn splat_i(value: i32) -> Self::I;
    unsafe fn min_i(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn max_i(a: Self::I, b: Self::I) -> Self::I;
    unsafe fn to_f(a: Self::I) -> Self::F;

    unsafe fn load_f(from: *const f32) -> Self::F;
    unsafe fn store_f(to: *mut f32, value: Self::F);
    unsafe fn splat_f(value: f32) -> Self::F;
    unsafe fn add_f(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn sub_f(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn mul_f(a: Self::F, b: Self::F) -> Self::F;
    unsafe fn min_f(a: Self::F, b: Self::F) -> Self::F;
    /// The greater; `b` where `a` is no number.
    unsafe fn max_f(a: Self::F, b: Self::F) -> Self::F;
    /// A square root that is never too large, and too small by 1/1000 at most.
    unsafe fn root_below(a: Self::F) -> Self::F;
    /// A bit for each lane of `a` that is not above `limit`.
    unsafe fn within(a: Self::F, limit: Self::F) -> u16;
    /// `a` where the lane's bit is set, else `b`.
    unsafe fn pick(bits: u16, a: Self::F, b: Self::F) -> Self::F;
    /// The least lane.
    unsafe fn least(a: Self::F) -> f32;
    /// `a` where `limit` is above `index`, else `b`, lane by lane.
    unsafe fn choose(limit: Self::I, index: i32, a: Self::F, b: Self::F) -> Self::F;
}

/// One entry point for each instruction set over a kernel `$kernel::<S>($argument…)`, and the choice between them.
macro_rules! dispatch {
    ($(#[$meta:meta])* $visibility:vis fn $name:ident = $kernel:ident($($argument:ident: $type:ty),* $(,)?) $(-> $result:ty)?) => {
        $(#[$meta])*
        $visibility fn $name(level: $crate::similarity::exact::simd::Level, $($argument: $type),*) $(-> $result)? {
            use $crate::similarity::exact::simd;
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx2,fma")]
                unsafe fn avx2($($argument: $type),*) $(-> $result)? {
                    // SAFETY: the caller found the instruction set.
                    unsafe { $kernel::<simd::Avx2>($($argument),*) }
                }
                #[target_feature(enable = "avx512f,avx512bw,avx512vnni,avx2,fma")]
                unsafe fn avx512($($argument: $type),*) $(-> $result)? {
                    // SAFETY: the caller found the instruction set.
                    unsafe { $kernel::<simd::Avx512>($($argument),*) }
                }
                match level {
                    // SAFETY: a level is only ever one of `Level::available`.
                    simd::Level::Avx512 => return unsafe { avx512($($argument),*) },
                    simd::Level::Avx2 => return unsafe { avx2($($argument),*) },
                    simd::Level::Portable => {}
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            let _ = level;
            // SAFETY: every processor has it.
            unsafe { $kernel::<simd::Portable>($($argument),*) }
        }
    };
}
pub(super) use dispatch;
