using System.Text.Json;
using System.Text.Json.Serialization;

namespace LastMile.Events.Bench.Results;

/// <summary>
/// Writes samples as one line of JSON with seven significant digits, because a report holds hundreds of thousands of samples.
/// </summary>
internal sealed class Samples : JsonConverter<IReadOnlyList<double>>
{
    public override IReadOnlyList<double> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Reports are only written.");

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<double> value, JsonSerializerOptions options) =>
        writer.WriteRawValue($"[{string.Join(',', value.Select(sample => double.IsFinite(sample) ? sample.ToString("G7") : "null"))}]");
}
