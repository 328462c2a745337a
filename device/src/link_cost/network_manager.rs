//! NetworkManager, which knows of the connection that carries the default route whether it is paid for by volume:
//! as a person set it there, or guessed from what it is (a modem, a telephone that shares its own).

use zbus::blocking::connection::Builder;
use zbus::blocking::fdo::DBusProxy;
use zbus::blocking::proxy;
use zbus::names::BusName;
use zbus::proxy::CacheProperties;

use crate::contract::exchange::Metering;

const SERVICE: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";

/// Unknown where there is no system bus, no NetworkManager, or no answer that it defines.
pub fn metering() -> Metering {
    match asked() {
        Ok(metering) => metering,
        Err(error) => {
            tracing::debug!(error.message = %error, "the system does not say whether the link is metered");
            Metering::Unknown
        }
    }
}

fn asked() -> zbus::Result<Metering> {
    let bus = Builder::system()?.build()?;
    // Asking a service that is not there would start it.
    if !DBusProxy::new(&bus)?.name_has_owner(BusName::try_from(SERVICE)?)? {
        return Ok(Metering::Unknown);
    }
    let manager: zbus::blocking::Proxy<'_> = proxy::Builder::new(&bus)
        .destination(SERVICE)?
        .path(PATH)?
        .interface(SERVICE)?
        .cache_properties(CacheProperties::No)
        .build()?;
    Ok(match manager.get_property::<u32>("Metered")? {
        // Yes, and "guessed: yes".
        1 | 3 => Metering::Metered,
        2 | 4 => Metering::Unmetered,
        _ => Metering::Unknown,
    })
}
