import Billing
import Events
import WorkerLaunch

// billing-worker: every topic of Dodo's, the unrecognised one included, into schema billing.
WorkerLaunch.run("billing-worker", topics: { contract in EventType.allCases.map { contract.topicName(for: $0) } + [contract.unrecognised] }) { _ in
    BillingHandler()
}
