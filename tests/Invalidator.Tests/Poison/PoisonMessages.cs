using System.Text;
using LastMile.Events.Messages;

namespace Invalidator.Tests.Poison;

/// <summary>Generates messages that an Invalidator can't process. The same seed yields the same messages.</summary>
internal sealed class PoisonMessages(int seed)
{
    private const string Type = "urn:message:LastMile.Events.Messages:";

    private static readonly string[] BadChanges =
    [
        "null", "5", "[]", "\"text\"", "{}", """{"entity":null}""", """{"entity":5}""", """{"entity":["Product"]}""",
        """{"entity":"\u0007","keys":["k"]}""", """{"entity":"Unknown"}""", """{"entity":"Unknown","values":{"id":"1"}}""",
        """{"entity":"Product"}""", """{"entity":"Product","values":{}}""", """{"entity":"Product","values":{"id":"1","slug":"a"}}""",
        """{"entity":"Product","values":5}""", """{"entity":"Product","kind":"rename","keys":["k"]}""", """{"entity":"Product","keys":5}""",
        """{"entity":"Product","keys":[null]}""", """{"entity":"Product","keys":["a\nb"]}""", """{"entity":"Product","tags":[""]}""",
        """{"entity":"Product","keys":[{}]}""", """{"entity":"Product","keys":["\ud800"],"id":"no guid"}""",
        $$"""{"entity":"{{new string('x', 5_000)}}","keys":["k"]}""",
        $$"""{"entity":"Product","keys":["{{new string('x', 5_000)}}"]}""",
        $$"""{"entity":"Product","keys":[{{string.Join(',', Enumerable.Range(0, 1_001).Select(n => $"\"{n}\""))}}]}""",
    ];

    private readonly Random random = new(seed);

    /// <summary>Returns the next message.</summary>
    public (byte[] Body, string? ContentType) Next() => (Body(), ContentType());

    private string? ContentType() => random.Next(4) switch
    {
        0 => null,
        1 => "application/json",
        2 => "\u0000/text",
        _ => "application/vnd.masstransit+json",
    };

    private byte[] Body() => random.Next(8) switch
    {
        0 => RandomBytes(random.Next(300)),
        1 => [.. "{\"message\":\""u8, 0xC3, 0x28, 0xFF, .. "\"}"u8],
        2 => Encoding.UTF8.GetBytes(new string('[', 2_000)),
        3 => Encoding.UTF8.GetBytes(Envelope(nameof(EntityChanged), Deep())),
        4 => Cut(Encoding.UTF8.GetBytes(Envelope(nameof(EntityChanged), BadChanges[random.Next(BadChanges.Length)]))),
        5 => Encoding.UTF8.GetBytes(Envelope(
            random.Next(2) == 0 ? "Nothing" : "PurgesApplied", BadChanges[random.Next(BadChanges.Length)])),
        6 => Encoding.UTF8.GetBytes(Envelope(nameof(EntitiesChanged), Changes())),
        _ => Encoding.UTF8.GetBytes(Envelope(nameof(EntityChanged), BadChanges[random.Next(BadChanges.Length)])),
    };

    private string Changes() => random.Next(4) switch
    {
        0 => """{"changes":[]}""",
        1 => $$"""{"changes":[{{string.Join(',', Enumerable.Repeat("""{"entity":"Product","keys":["k"]}""", 1_001))}}]}""",
        2 => """{"changes":{"entity":"Product"}}""",
        _ => $$"""{"changes":[{"entity":"Product","keys":["k"]},{{BadChanges[random.Next(BadChanges.Length)]}}]}""",
    };

    private static string Deep() => new StringBuilder().Insert(0, """{"entity":""", 200).Append('1').Append('}', 200).ToString();

    private static string Envelope(string type, string message) =>
        $$"""{"messageId":"{{Guid.NewGuid()}}","messageType":["{{Type}}{{type}}"],"message":{{message}}}""";

    private byte[] Cut(byte[] whole) => whole[..random.Next(whole.Length - 1)];

    private byte[] RandomBytes(int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
