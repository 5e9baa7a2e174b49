using System.Text.Json;
using System.Text.Json.Serialization;

namespace LastMile.Events.Bench.Results;

/// <summary>Writes samples to JSON on one line, with the digits that a clock can tell: a report holds hundreds of thousands.</summary>
internal sealed class Samples : JsonConverter<IReadOnlyList<double>>
{
    public override IReadOnlyList<double> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Reports are only written.");

    public override void Write(Utf8JsonWriter writer, IReadOnlyList<double> value, JsonSerializerOptions options) =>
        writer.WriteRawValue($"[{string.Join(',', value.Select(sample => double.IsFinite(sample) ? sample.ToString("G7") : "null"))}]");
}
