//! Going to another address from code.

#[cfg(not(feature = "ssr"))]
use leptos::prelude::*;

/// On the server there is nowhere to go; and what belongs to one thread could not be dropped there.
#[derive(Clone, Copy)]
pub struct Go {
    #[cfg(not(feature = "ssr"))]
    navigate: StoredValue<Navigate, LocalStorage>,
}

#[cfg(not(feature = "ssr"))]
type Navigate = std::rc::Rc<dyn Fn(&str, leptos_router::NavigateOptions)>;

impl Go {
    /// Of the router around the part of the page in which it is made.
    pub fn new() -> Go {
        Go {
            #[cfg(not(feature = "ssr"))]
            navigate: StoredValue::new_local(std::rc::Rc::new(leptos_router::hooks::use_navigate())),
        }
    }

    /// `scroll`: whether the new page begins at its top.
    #[cfg_attr(feature = "ssr", expect(unused_variables, reason = "only a browser goes anywhere"))]
    pub fn to(self, address: &str, scroll: bool) {
        #[cfg(not(feature = "ssr"))]
        {
            let navigate = self.navigate.get_value();
            navigate(address, leptos_router::NavigateOptions { scroll, ..Default::default() });
        }
    }
}
