//! What a store function writes queries with: diesel's prelude, whose queries are run behind a
//! pointer.
//!
//! Diesel compiles the way from a query to its rows anew for every query and every database; of
//! the program that was a tenth. Only what is a query's own (its text, its values) need be: here
//! all of them are run by the same code. The price is one small allocation a query.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::connection::Connection;
pub use diesel::prelude::{
    AsChangeset, BoolExpressionMethods, BoxableExpression, EscapeExpressionMethods,
    ExpressionMethods, Identifiable, Insertable, IntoSql, JoinOnDsl, NullableExpressionMethods,
    OptionalExtension, PgExpressionMethods, QueryDsl, QueryResult, Queryable, QueryableByName,
    Selectable, SelectableHelper, TextExpressionMethods,
};
use diesel::query_builder::{AsQuery, AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::methods::{LimitDsl, LoadQuery};

/// A query whose type is forgotten but for the rows that it gives.
pub struct Plain<'q, DB, ST> {
    query: Box<dyn Walk<DB> + 'q>,
    rows: PhantomData<fn() -> ST>,
}

/// What diesel asks of a query at run time.
trait Walk<DB: Backend> {
    fn walk<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()>;
}

impl<DB: Backend, Q: QueryFragment<DB>> Walk<DB> for Q {
    fn walk<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.walk_ast(pass)
    }
}

impl<'q, DB: Backend, ST> Plain<'q, DB, ST> {
    fn new(query: impl QueryFragment<DB> + 'q) -> Self {
        Self { query: Box::new(query), rows: PhantomData }
    }
}

impl<DB: Backend, ST> QueryFragment<DB> for Plain<'_, DB, ST> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk(pass)
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
pub trait RunQuery<C: Connection>: Sized {
    /// Runs a statement; how many rows it changed.
    ///
    /// # Errors
    /// The database's.
    fn execute<'q>(self, conn: &mut C) -> QueryResult<usize>
    where
        Self: QueryFragment<C::Backend> + 'q,
    {
        diesel::RunQueryDsl::execute(Plain::<C::Backend, ()>::new(self), conn)
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

impl<C: Connection, Q: diesel::RunQueryDsl<C>> RunQuery<C> for Q {}
