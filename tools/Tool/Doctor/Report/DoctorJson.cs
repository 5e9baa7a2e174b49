using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LastMile.Events.Tool.Doctor.Report;

/// <summary>Writes results for programs.</summary>
internal static class DoctorJson
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Returns the results as JSON.</summary>
    public static string Write(IReadOnlyList<CheckResult> results) => JsonSerializer.Serialize(
        new
        {
            exitCode = DoctorExitCodes.Of(results),
            checks = results.Select(result => new
            {
                result.Part,
                result.Check,
                result.Outcome,
                result.NotChecked,
                findings = result.Findings.Select(finding => new
                {
                    severity = finding.Severity.ToString().ToLowerInvariant(),
                    finding.Problem,
                    finding.Consequence,
                    finding.Remedy,
                }),
            }),
        },
        Json);
}
