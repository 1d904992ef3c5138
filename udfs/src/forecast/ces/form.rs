//! The four forms and their parameters.

/// How the season enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    None,
    /// The complex level of the same place in the last cycle, and no other (the paper, section 3.2).
    Simple,
    /// A real index for each place, added to the level.
    Partial,
    /// A complex index for each place, added to the level.
    Full,
}

impl Form {
    /// Simplest first.
    pub fn candidates(period: usize) -> &'static [Form] {
        if period > 1 { &[Form::None, Form::Simple, Form::Partial, Form::Full] } else { &[Form::None] }
    }

    /// Smoothing parameters: two of a complex number, one of a real one.
    pub fn smoothing(self) -> usize {
        match self {
            Form::None | Form::Simple => 2,
            Form::Partial => 3,
            Form::Full => 4,
        }
    }

    pub fn has_level(self) -> bool {
        self != Form::Simple
    }

    pub fn name(self) -> &'static str {
        match self {
            Form::None => "CES(none)",
            Form::Simple => "CES(simple)",
            Form::Partial => "CES(partial)",
            Form::Full => "CES(full)",
        }
    }
}

/// A complex smoothing parameter.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Complex {
    pub real: f64,
    pub imaginary: f64,
}

impl Complex {
    /// Whether old observations lose their weight: the eigenvalues of the discount matrix lie inside the unit circle
    /// (the paper, section 2.4).
    pub fn is_stable(self) -> bool {
        let Complex { real, imaginary } = self;
        let trace = 2.0 - 2.0 * real + imaginary;
        let determinant = (1.0 - real + imaginary) * (1.0 - real) + (1.0 - imaginary) * (1.0 - real - imaginary);
        determinant.abs() < 1.0 && trace.abs() < 1.0 + determinant
    }
}
