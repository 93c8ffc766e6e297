//! Data sets from the web: what is known of them, and what is asked for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::domain::DeviceChoice;

/// A data set, and how much of it is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetSummary {
    /// For the command line.
    pub name: String,
    /// For people.
    pub title: String,
    pub about: String,
    pub licence: String,
    /// Of the download, about.
    pub bytes: u64,
    /// On the disk already.
    pub got: u64,
    /// Whether it can still be had anywhere.
    pub available: bool,
}

/// The data sets that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sets {
    pub sets: Vec<SetSummary>,
    /// Bytes that are free where they are downloaded to; `None` where the system does not tell.
    pub free: Option<u64>,
}

/// What is downloaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SetSource {
    /// A known set, by its name.
    Known(String),
    /// The archive at an address.
    Url(String),
}

/// A data set that is to be downloaded and imported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetSpec {
    pub source: SetSource,
    /// Writes the archives' files out and imports those; else they are read in place.
    pub unpack: bool,
    /// Bytes a second at most.
    pub bytes_a_second: Option<u64>,
    /// Addresses that replace those of known hosts.
    pub hosts: BTreeMap<String, String>,
    pub device: DeviceChoice,
}
