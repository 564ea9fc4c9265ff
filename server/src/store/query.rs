//! What a store function writes queries with: diesel's prelude, whose queries are run behind a
//! pointer.
//!
//! Diesel compiles the way from a query to its rows anew for every query and every database; of
//! the program that was a tenth. Only what is a query's own (its text, its values) need be: here
//! all of them are run by the same code. The price is one small allocation a query.
//!
//! Over two databases diesel writes the text of a query three times a run and looks six times whether
//! its prepared form may be kept, which was a quarter of what a report costs. Here it is written once;
//! and because prepared forms are found by that text, those of every statement that changes something
//! are kept, whatever columns it sets.

use std::cell::OnceCell;
use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::connection::Connection;
use diesel::internal::derives::multiconnection::AstPassHelper as _;
use diesel::pg::Pg;
pub use diesel::prelude::{
    AsChangeset, BoolExpressionMethods, BoxableExpression, EscapeExpressionMethods,
    ExpressionMethods, Identifiable, Insertable, IntoSql, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, PgExpressionMethods, QueryDsl, QueryResult, Queryable, QueryableByName,
    Selectable, SelectableHelper, TextExpressionMethods,
};
use diesel::query_builder::{AsQuery, AstPass, Query, QueryBuilder as _, QueryFragment, QueryId};
use diesel::query_dsl::methods::{LimitDsl, LoadQuery};
use diesel::sqlite::Sqlite;

use super::MultiBackend;

/// A query whose type is forgotten but for the rows that it gives.
pub struct Plain<'q, DB, ST> {
    query: Box<dyn Walk<DB> + 'q>,
    text: OnceCell<String>,
    /// Whether its prepared form is kept.
    kept: OnceCell<bool>,
    rows: PhantomData<fn() -> ST>,
}

/// A database that queries are written for.
pub trait Dialect: Backend {
    /// An empty text.
    fn writer(&self) -> Self::QueryBuilder;
}

impl Dialect for Pg {
    fn writer(&self) -> Self::QueryBuilder {
        Self::QueryBuilder::default()
    }
}

impl Dialect for Sqlite {
    fn writer(&self) -> Self::QueryBuilder {
        Self::QueryBuilder::default()
    }
}

type Either = <MultiBackend as Backend>::QueryBuilder;

impl Dialect for MultiBackend {
    fn writer(&self) -> Either {
        match self {
            Self::Pg(known) => Either::Pg(known.writer()),
            Self::Sqlite(known) => Either::Sqlite(known.writer()),
        }
    }
}

/// What diesel asks of a query at run time.
trait Walk<DB: Backend> {
    fn walk<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()>;
    fn write(&self, into: &mut DB::QueryBuilder, backend: &DB) -> QueryResult<()>;
    /// Whether its texts are few.
    fn keeps(&self, backend: &DB) -> QueryResult<bool>;
}

impl<DB: Backend, Q: QueryFragment<DB>> Walk<DB> for Q {
    fn walk<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk_ast(pass)
    }

    fn write(&self, into: &mut DB::QueryBuilder, backend: &DB) -> QueryResult<()> {
        self.to_sql(into, backend)
    }

    fn keeps(&self, backend: &DB) -> QueryResult<bool> {
        self.is_safe_to_cache_prepared(backend)
    }
}

impl<'q, DB: Dialect, ST> Plain<'q, DB, ST> {
    /// A query for rows. One with a list of values has a text for every length: it is not kept.
    fn new(query: impl QueryFragment<DB> + 'q) -> Self {
        let (text, kept) = (OnceCell::new(), OnceCell::new());
        Self { query: Box::new(query), text, kept, rows: PhantomData }
    }

    /// A statement that changes something. Its texts are few.
    fn change(query: impl QueryFragment<DB> + 'q) -> Self {
        Self { kept: OnceCell::from(true), ..Self::new(query) }
    }

    fn text(&self, backend: &DB) -> QueryResult<&str> {
        if let Some(written) = self.text.get() {
            return Ok(written);
        }
        let mut writer = backend.writer();
        self.query.write(&mut writer, backend)?;
        Ok(self.text.get_or_init(|| writer.finish()))
    }

    fn is_kept(&self, backend: &DB) -> QueryResult<bool> {
        if let Some(known) = self.kept.get() {
            return Ok(*known);
        }
        let keeps = self.query.keeps(backend)?;
        Ok(*self.kept.get_or_init(|| keeps))
    }
}

impl<DB: Dialect, ST> QueryFragment<DB> for Plain<'_, DB, ST> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if pass.bind_collector().is_some() || pass.debug_binds().is_some() {
            return self.query.walk(pass);
        }
        let (kept, text) = (self.is_kept(pass.backend())?, self.text(pass.backend())?);
        if !kept {
            pass.unsafe_to_cache_prepared();
        }
        pass.push_sql(text);
        Ok(())
    }
}

impl<DB, ST> Query for Plain<'_, DB, ST> {
    type SqlType = ST;
}

impl<DB, ST> QueryId for Plain<'_, DB, ST> {
    type QueryId = ();
    // A prepared statement is then found again by its text.
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<DB, ST, C> diesel::RunQueryDsl<C> for Plain<'_, DB, ST> {}

/// `diesel::RunQueryDsl`, for everything that has it.
pub trait RunQuery<C: Connection<Backend: Dialect>>: Sized {
    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    /// The database's.
    fn execute<'q>(self, conn: &mut C) -> QueryResult<usize>
    where
        Self: QueryFragment<C::Backend> + 'q,
    {
        diesel::RunQueryDsl::execute(Plain::<C::Backend, ()>::change(self), conn)
    }

    /// All rows.
    ///
    /// # Errors
    /// The database's.
    fn load<'q, U>(self, conn: &mut C) -> QueryResult<Vec<U>>
    where
        Self: AsQuery,
        Self::Query: QueryFragment<C::Backend> + 'q,
        Plain<'q, C::Backend, Self::SqlType>: LoadQuery<'q, C, U>,
    {
        diesel::RunQueryDsl::load(Plain::new(self.as_query()), conn)
    }

    /// The one row.
    ///
    /// # Errors
    /// The database's; `NotFound` when there is none.
    fn get_result<'q, U>(self, conn: &mut C) -> QueryResult<U>
    where
        Self: AsQuery,
        Self::Query: QueryFragment<C::Backend> + 'q,
        Plain<'q, C::Backend, Self::SqlType>: LoadQuery<'q, C, U>,
    {
        diesel::RunQueryDsl::get_result(Plain::new(self.as_query()), conn)
    }

    /// The first row.
    ///
    /// # Errors
    /// The database's; `NotFound` when there is none.
    fn first<'q, U>(self, conn: &mut C) -> QueryResult<U>
    where
        Self: LimitDsl,
        Self::Output: AsQuery,
        <Self::Output as AsQuery>::Query: QueryFragment<C::Backend> + 'q,
        Plain<'q, C::Backend, <Self::Output as AsQuery>::SqlType>: LoadQuery<'q, C, U>,
    {
        diesel::RunQueryDsl::get_result(Plain::new(self.limit(1).as_query()), conn)
    }
}

impl<C: Connection<Backend: Dialect>, Q: diesel::RunQueryDsl<C>> RunQuery<C> for Q {}
