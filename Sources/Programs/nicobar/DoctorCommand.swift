import CommandLine
import Foundation
import Operations

let doctorCommand = Command(
    "doctor", summary: "Look a deployment over and say what is wrong; ends with 1 when something has failed",
    json: true,
    examples: [.init("nicobar doctor", "with the environment of the programs it is about")],
    action: .asynchronous { asked in
        let environment = Reach.environment
        let findings = await Doctor(
            environment, nowMilliseconds: Int64(Date().timeIntervalSince1970 * 1000), workers: Workers.groups, stages: StageChecks.of(environment)
        ).examine()
        if asked.wantsJSON {
            let rows: [JSONText] = findings.map { ["check": .text($0.check), "verdict": .text($0.verdict.rawValue), "saying": .text($0.saying)] }
            Standard.print(JSONText.array(rows).description)
        } else {
            var table = TextTable("check", "verdict", "")
            for finding in findings { table.add(finding.check, finding.verdict.rawValue, finding.saying) }
            Standard.print(table.description)
        }
        return findings.contains { $0.verdict == .failed } ? .failure : .success
    })
