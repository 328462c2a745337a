//! What Windows says of the cost of the connection that leads to the internet.

use windows::Networking::Connectivity::{NetworkCostType, NetworkInformation};

use crate::contract::exchange::Metering;

/// Unknown where there is no connection, or Windows does not know its cost.
pub fn metering() -> Metering {
    let cost = NetworkInformation::GetInternetConnectionProfile()
        .and_then(|profile| profile.GetConnectionCost())
        .and_then(|cost| cost.NetworkCostType());
    match cost {
        Ok(NetworkCostType::Fixed | NetworkCostType::Variable) => Metering::Metered,
        Ok(NetworkCostType::Unrestricted) => Metering::Unmetered,
        Ok(_) => Metering::Unknown,
        Err(error) => {
            tracing::debug!(error.message = %error, "the system does not say whether the link is metered");
            Metering::Unknown
        }
    }
}
