//! Points on a grid of whole numbers, and what that rounding costs.

use super::simd::RUNS;

/// A grid over points: value = offset + step · number, with numbers from −128 to 127.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// One for each dimension.
    pub offset: Vec<f32>,
    pub step: f32,
}

/// Dimensions that are multiplied by one instruction.
pub const GROUP: usize = 4;

/// How many rows stand together from row `first` of `count` on.
fn run_at(first: usize, count: usize) -> usize {
    RUNS.into_iter().find(|run| first + run <= count).unwrap_or(1)
}

/// Rows of a query on a grid.
#[derive(Debug, Clone, Default)]
pub struct Lines {
    /// Groups of four dimensions in a row.
    pub groups: usize,
    pub step: f32,
    /// Rows × groups, four signed bytes each: in runs of as many rows as [`RUNS`] says, within a run group by group.
    pub bytes: Vec<i32>,
    /// The same as four 16-bit numbers each.
    pub words: Vec<i64>,
    /// What is constant in the squared distances of each row: Σq² + 256 Σq, for the store holds numbers + 128.
    pub bases: Vec<i32>,
    /// By how much rounding moved each row.
    pub errors: Vec<f32>,
}

impl Lines {
    /// Number of rows.
    pub fn len(&self) -> usize {
        self.bases.len()
    }

    /// The groups of four signed bytes, row by row.
    pub fn fours(&self) -> Vec<i32> {
        let mut fours = vec![0; self.bytes.len()];
        let (mut first, mut at) = (0, 0);
        while first < self.len() {
            let run = run_at(first, self.len());
            for group in 0..self.groups {
                for row in first..first + run {
                    fours[row * self.groups + group] = self.bytes[at];
                    at += 1;
                }
            }
            first += run;
        }
        fours
    }

    /// The greatest of the rows' errors.
    pub fn error(&self) -> f32 {
        self.errors.iter().copied().fold(0.0, f32::max)
    }
}

impl Grid {
    /// A grid that reaches `reach` to either side of the offset; what lies beyond is moved to the edge.
    pub fn new(offset: Vec<f32>, reach: f32) -> Self {
        let step = reach / 127.0;
        Self { offset, step: if step.is_normal() { step.min(1e30) } else { 1.0 } }
    }

    /// Groups of four dimensions that a point takes.
    pub fn groups(&self) -> usize {
        self.offset.len().div_ceil(GROUP)
    }

    /// The numbers of a point into `out`, and the distance by which it was moved, rounded up.
    pub fn round(&self, point: &[f32], out: &mut [i8]) -> f32 {
        let inverse = 1.0 / self.step;
        let mut lost = 0.0_f64;
        for ((value, offset), number) in point.iter().zip(&self.offset).zip(out) {
            let centred = value - offset;
            // Adding 1.5 · 2²³ leaves no room for a fraction: the fastest way to round.
            let whole = ((centred * inverse).clamp(-128.0, 127.0) + 12_582_912.0) - 12_582_912.0;
            *number = whole as i8;
            let apart = f64::from(*value) - f64::from(*offset) - f64::from(self.step) * f64::from(whole);
            lost += apart * apart;
        }
        (lost.sqrt() * 1.000_001) as f32
    }

    /// Rows of a query, `offset.len()` values each.
    pub fn lines(&self, rows: &[f32]) -> Lines {
        let (dim, groups) = (self.offset.len(), self.groups());
        let mut lines = Lines { groups, step: self.step, ..Lines::default() };
        let mut numbers = vec![0_i8; groups * GROUP];
        let mut fours = Vec::with_capacity(rows.len() / dim * groups);
        for row in rows.chunks_exact(dim) {
            lines.errors.push(self.round(row, &mut numbers[..dim]));
            let whole = numbers.iter().map(|number| i32::from(*number));
            lines.bases.push(whole.clone().map(|number| number * number + 256 * number).sum());
            fours.extend_from_slice(numbers.as_chunks::<GROUP>().0);
        }
        let mut first = 0;
        while first < lines.len() {
            let run = run_at(first, lines.len());
            for group in 0..groups {
                for row in first..first + run {
                    let four = fours[row * groups + group];
                    lines.bytes.push(i32::from_le_bytes(four.map(i8::cast_unsigned)));
                    lines.words.push(bytemuck::cast::<[i16; 4], i64>(four.map(i16::from)));
                }
            }
            first += run;
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_tells_how_far_it_moved_a_point() {
        let grid = Grid::new(vec![1.0; 3], 127.0);
        let mut numbers = [0; 3];
        assert!((grid.round(&[1.25, 11.0, -9.0], &mut numbers) - 0.25).abs() < 1e-5);
        assert_eq!(numbers, [0, 10, -10]);
        assert!((grid.round(&[1_000.0, 1.0, 1.0], &mut numbers) - 872.0).abs() < 1e-2, "an outlier moves to the edge");
        assert_eq!(Grid::new(vec![0.0], 0.0).step, 1.0);
        let lines = Grid::new(vec![0.0; 5], 127.0).lines(&[1.0, -2.0, 3.0, 4.0, -5.0]);
        assert_eq!((lines.len(), lines.groups, lines.bases[0]), (1, 2, 55 + 256));
    }
}
