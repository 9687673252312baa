import Events
import Fulfilment
import Settings
import WorkerLaunch

// fulfilment-worker: what Dodo tells of payments, subscriptions, refunds and disputes, into schema fulfilment and onto the nicobar.* topics.
WorkerLaunch.run(
    "fulfilment-worker", topics: { contract in EventType.allCases.filter(FulfilmentHandler.consumes).map { contract.topicName(for: $0) } }
) { environment in
    FulfilmentHandler(mode: try environment.choice("DODO_PAYMENTS_ENVIRONMENT", default: Mode.live))
}
