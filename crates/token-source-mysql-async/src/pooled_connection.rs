use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use deadpool::managed::Object;
use tokio::runtime::Handle;

use crate::{Connection, Connector};

/// A connection that goes back to its pool when it is dropped.
///
/// It is brought into the state of a new session on its way, in the background; who takes it next
/// does not wait for that.
pub struct PooledConnection(Option<Object<Connector>>);

impl PooledConnection {
    /// Takes a connection out of its pool for good. The pool has room for another one then.
    #[expect(clippy::missing_panics_doc, reason = "it is there until now")]
    pub fn take(mut self) -> Connection {
        Object::take(self.0.take().expect(PRESENT))
    }

    /// Whether it was handed out before.
    pub(crate) fn is_reused(&self) -> bool {
        Object::metrics(self.object()).recycle_count > 0
    }

    fn object(&self) -> &Object<Connector> {
        self.0.as_ref().expect(PRESENT)
    }
}

const PRESENT: &str = "only `take` and `drop` leave nothing behind, and both end this value";

impl From<Object<Connector>> for PooledConnection {
    fn from(mut object: Object<Connector>) -> Self {
        object.is_new_session = false;
        Self(Some(object))
    }
}

impl Deref for PooledConnection {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.object()
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut Connection {
        self.0.as_mut().expect(PRESENT)
    }
}

impl Drop for PooledConnection {
    fn drop(&mut self) {
        let Some(mut object) = self.0.take() else {
            return;
        };
        // Outside a runtime it goes back as it is, and who takes it next resets it.
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        runtime.spawn(async move {
            if object.reset_session().await.is_err() {
                // It is of no more use to anybody.
                drop(Object::take(object));
            }
        });
    }
}

impl fmt::Debug for PooledConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PooledConnection").field(&**self).finish()
    }
}
