//! Scopes as types, with which a handler declares the scope of its route: `BackEnd<scope::RequestsRead>`.

use crate::domain::api_key::Scope;

/// Scope that an API key needs.
pub(crate) trait RequiredScope {
    const SCOPE: Scope;
}

/// Defines a type for each scope that a route can need.
macro_rules! scopes {
    ($($scope:ident),+) => {
        $(
            #[doc = concat!("[`Scope::", stringify!($scope), "`].")]
            #[derive(Debug)]
            pub(crate) enum $scope {}

            impl RequiredScope for $scope {
                const SCOPE: Scope = Scope::$scope;
            }
        )+
    };
}

scopes!(AccountsRead, RequestsRead, RequestsWrite, OperationsRead, OperationsWrite, AuditRead);
