//! Where music comes from: folders and the demo pieces. Network access stops here.
