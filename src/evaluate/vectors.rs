//! Vectors that another program made: `.npy` with a table beside it, or Parquet.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use ndarray::Array2;
use ndarray_npy::ReadNpyExt;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};

use crate::domain::{TrackId, Trajectory};

use super::EvaluateError;
use super::labels::{Found, Names};

/// Trajectories of the tracks that a file of vectors names.
#[derive(Debug, Clone, PartialEq)]
pub struct VectorFile {
    pub path: PathBuf,
    /// In rising order.
    pub tracks: Vec<(TrackId, Trajectory)>,
    /// Rows that belong to no track, or to several.
    pub unmatched: usize,
}

impl VectorFile {
    /// Reads the vectors at `path`. Rows of the same track are its trajectory, in the order of the file. Tracks are named as
    /// in [`super::LabelTable`], by the column `track` (or `file`, or else the first one):
    ///
    /// - `FILE.npy`: an array of rows × dimensions, of 32- or 64-bit numbers; `FILE.npy.csv` beside it has a header and a
    ///   line for each row;
    /// - `FILE.parquet`: numbers in columns v0, v1, …
    ///
    /// Both are what `export embeddings` writes. `paths` are all paths of all tracks.
    ///
    /// # Errors
    /// [`EvaluateError::Vectors`]
    pub fn read(path: &Path, paths: &[(TrackId, PathBuf)]) -> Result<Self, EvaluateError> {
        let extension = path.extension().map(|extension| extension.to_string_lossy().to_lowercase());
        let (dim, rows) = match extension.as_deref() {
            Some("npy") => npy(path)?,
            Some("parquet") => parquet(path)?,
            _ => return Err(fail(path, "vectors are read from .npy and .parquet files".to_owned())),
        };
        let names = Names::new(paths);
        let mut unmatched = 0;
        let mut values: BTreeMap<TrackId, Vec<f32>> = BTreeMap::new();
        for (name, row) in &rows {
            match names.find(name) {
                Found::One(track) => values.entry(track).or_default().extend(row),
                Found::None | Found::Several => unmatched += 1,
            }
        }
        if values.is_empty() {
            let example = rows.first().map(|(name, _)| format!(", for example “{name}”")).unwrap_or_default();
            return Err(fail(path, format!("none of its {} rows names a track of the library{example}", rows.len())));
        }
        let track = |(track, values)| {
            let trajectory = Trajectory::new(dim, values);
            trajectory.map(|trajectory| (track, trajectory)).map_err(|error| fail(path, error.to_string()))
        };
        let tracks = values.into_iter().map(track).collect::<Result<_, _>>()?;
        Ok(Self { path: path.to_owned(), tracks, unmatched })
    }
}

fn fail(path: &Path, reason: String) -> EvaluateError {
    EvaluateError::Vectors { path: path.to_owned(), reason }
}

type Rows = Vec<(String, Vec<f32>)>;

fn npy(path: &Path) -> Result<(usize, Rows), EvaluateError> {
    let open = || File::open(path).map_err(|error| fail(path, format!("the vectors cannot be read ({error})")));
    let array: Array2<f32> = match Array2::<f32>::read_npy(open()?) {
        Ok(array) => array,
        Err(first) => {
            let wide = Array2::<f64>::read_npy(open()?);
            let wide = wide
                .map_err(|_| fail(path, format!("rows × dimensions of 32- or 64-bit numbers are needed ({first})")))?;
            wide.mapv(|value| value as f32)
        }
    };
    let beside = PathBuf::from(format!("{}.csv", path.display()));
    let broken = |error: csv::Error| {
        fail(&beside, format!("the table that names the rows of the vectors cannot be read ({error})"))
    };
    let mut table = csv::ReaderBuilder::new().flexible(true).from_path(&beside).map_err(broken)?;
    let header = table.headers().map_err(broken)?.clone();
    let column = name_column(header.iter());
    let mut names = Vec::new();
    for record in table.records() {
        names.push(record.map_err(broken)?.get(column).unwrap_or_default().to_owned());
    }
    if names.len() != array.nrows() {
        return Err(fail(&beside, format!("it names {} rows, but there are {} vectors", names.len(), array.nrows())));
    }
    let dim = array.ncols();
    Ok((dim, names.into_iter().zip(array.rows()).map(|(name, row)| (name, row.to_vec())).collect()))
}

/// Which column names the tracks.
fn name_column<'a>(header: impl Iterator<Item = &'a str> + Clone) -> usize {
    let find = |name: &str| header.clone().position(|column| column.trim().eq_ignore_ascii_case(name));
    find("track").or_else(|| find("file")).unwrap_or(0)
}

fn parquet(path: &Path) -> Result<(usize, Rows), EvaluateError> {
    let broken = |error: &dyn std::fmt::Display| fail(path, format!("the vectors cannot be read ({error})"));
    let file = File::open(path).map_err(|error| broken(&error))?;
    let reader = SerializedFileReader::new(file).map_err(|error| broken(&error))?;
    let columns: Vec<String> = {
        let schema = reader.metadata().file_metadata().schema_descr();
        schema.columns().iter().map(|column| column.name().to_owned()).collect()
    };
    let name = name_column(columns.iter().map(String::as_str));
    let dims = (0..).map_while(|index: usize| columns.iter().position(|column| *column == format!("v{index}")));
    let dims: Vec<usize> = dims.collect();
    if dims.is_empty() {
        return Err(fail(
            path,
            format!("the numbers are looked for in columns v0, v1, …; it has {}", columns.join(", ")),
        ));
    }
    let mut rows = Vec::new();
    for row in reader.get_row_iter(None).map_err(|error| broken(&error))? {
        rows.push(
            vector(&row.map_err(|error| broken(&error))?, name, &dims).ok_or_else(|| {
                fail(path, format!("row {} has no name, or a value that is no number", rows.len() + 1))
            })?,
        );
    }
    Ok((dims.len(), rows))
}

fn vector(row: &Row, name: usize, dims: &[usize]) -> Option<(String, Vec<f32>)> {
    let fields: Vec<&Field> = row.get_column_iter().map(|(_, field)| field).collect();
    let name = match fields.get(name)? {
        Field::Str(name) => name.clone(),
        Field::Bytes(name) => name.as_utf8().ok()?.to_owned(),
        _ => return None,
    };
    let number = |place: &usize| match fields.get(*place)? {
        Field::Float(value) => Some(*value),
        Field::Double(value) => Some(*value as f32),
        _ => None,
    };
    Some((name, dims.iter().map(number).collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use ndarray_npy::WriteNpyExt;

    fn paths() -> Vec<(TrackId, PathBuf)> {
        vec![(TrackId(1), PathBuf::from("/m/one.mp3")), (TrackId(2), PathBuf::from("/m/two.mp3"))]
    }

    fn npy_file(folder: &Path, names: &str) -> PathBuf {
        let path = folder.join("v.npy");
        let values = array![[1.0_f64, 2.0], [3.0, 4.0], [5.0, 6.0]];
        values.write_npy(File::create(&path).unwrap()).unwrap();
        std::fs::write(folder.join("v.npy.csv"), names).unwrap();
        path
    }

    #[test]
    fn rows_of_one_track_are_its_trajectory() {
        let folder = tempfile::tempdir().unwrap();
        let path = npy_file(folder.path(), "segment,track\n0,/m/two.mp3\n0,three.mp3\n1,two.mp3\n");
        let read = VectorFile::read(&path, &paths()).unwrap();
        assert_eq!(read.unmatched, 1);
        assert_eq!(read.tracks, [(TrackId(2), Trajectory::new(2, vec![1.0, 2.0, 5.0, 6.0]).unwrap())]);
    }

    #[test]
    fn what_is_wrong_with_vectors_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let says = |names: &str| VectorFile::read(&npy_file(folder.path(), names), &paths()).unwrap_err().to_string();
        assert!(says("track\none.mp3\n").contains("names 1 rows, but there are 3"));
        assert!(says("track\na\nb\nc\n").contains("none of its 3 rows"));
        std::fs::remove_file(folder.path().join("v.npy.csv")).unwrap();
        let error = VectorFile::read(&folder.path().join("v.npy"), &paths()).unwrap_err().to_string();
        assert!(error.contains("v.npy.csv"), "{error}");
        let error = VectorFile::read(&folder.path().join("v.txt"), &paths()).unwrap_err().to_string();
        assert!(error.contains(".npy and .parquet"), "{error}");
    }
}
