//! What the calls of the duty rota take and answer, beside what the actions have.

use serde::{Deserialize, Serialize};

use crate::actions::rota::feeds::FeedView;
use crate::actions::rota::views::RotaItem;
use crate::domain::rota::RotationText;

/// The rotas of the own organisation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = Rotas)]
pub(super) struct Items {
    pub items: Vec<RotaItem>,
    pub next: Option<String>,
}

/// The name of a rota.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = NewRota)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    pub name: String,
}

/// Another name.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = RenameRota)]
#[serde(deny_unknown_fields)]
pub(super) struct Rename {
    pub name: String,
    pub version: i32,
}

/// A version that an action begins from.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = RotaVersion)]
#[serde(deny_unknown_fields)]
pub(super) struct Version {
    pub version: i32,
}

/// A rotation, and the rota's version.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = AddRotation)]
pub(super) struct AddRotation {
    pub version: i32,
    pub rotation: RotationText,
}

/// The end of a rotation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[schema(as = EndRotation)]
#[serde(deny_unknown_fields)]
pub(super) struct EndRotation {
    pub version: i32,
    /// When; empty: now.
    #[serde(default)]
    pub at: String,
}

/// Which part of a rota is asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Asked {
    /// From when on; empty: now.
    pub from: String,
    /// 1 to 184; 35 when left out.
    pub days: Option<i64>,
}

/// Which part of a list is asked for.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub(super) struct Part {
    /// From the answer before.
    pub cursor: String,
    /// 1 to 100; 20 when left out.
    pub limit: Option<i64>,
}

/// What a new calendar holds.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[schema(as = NewRotaFeed)]
#[serde(default, deny_unknown_fields)]
pub(super) struct NewFeed {
    /// A rota; left out: the own shifts.
    pub rota: Option<String>,
}

/// The own calendars.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RotaFeeds)]
pub(super) struct Feeds {
    pub items: Vec<FeedView>,
    pub next: Option<String>,
}

/// What was made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[schema(as = RotaMade)]
pub(super) struct Made {
    pub id: String,
}
