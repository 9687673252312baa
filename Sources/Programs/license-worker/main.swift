import Licensing
import WorkerLaunch

// license-worker: entitlements and Dodo's own keys, into schema licensing.
WorkerLaunch.run("license-worker", topics: LicensingHandler.topics) { environment in try LicensingHandler(environment) }
