//! The dialect as a whole.
