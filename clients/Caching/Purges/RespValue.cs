using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace LastMile.Events.Caching.Purges;

/// <summary>A value of Redis' protocol, RESP2 or RESP3.</summary>
/// <param name="Kind">The type byte, such as <c>+</c>, <c>-</c>, <c>$</c>, <c>*</c> or <c>&gt;</c>.</param>
/// <param name="Text">The text of a simple type or the content of a string; empty for an aggregate or a null.</param>
/// <param name="Items">The items of an aggregate; empty for other types.</param>
/// <remarks>Source: Redis serialization protocol specification, https://redis.io/docs/latest/develop/reference/protocol-spec/.</remarks>
internal sealed record RespValue(char Kind, ReadOnlyMemory<byte> Text, IReadOnlyList<RespValue> Items)
{
    // A purge message has at most 10,000 names of 4 bytes.
    private const int MaxLength = 16 * 1_024 * 1_024;
    private const int MaxDepth = 8;

    /// <summary>Whether this is an error reply.</summary>
    public bool IsError => Kind is '-' or '!';

    /// <summary>Throws if this is an error reply.</summary>
    /// <exception cref="IOException">It is. The message is the server's.</exception>
    public void Check()
    {
        if (IsError)
            throw new IOException(ToString());
    }

    /// <summary>Returns the text, such as an error's message.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Text.Span);

    /// <summary>Reads the next value from the start of a buffer.</summary>
    /// <param name="buffer">The bytes received so far; without the value afterwards, if it was complete.</param>
    /// <returns>The value; null if it is not complete yet.</returns>
    /// <exception cref="FormatException">The bytes are not RESP.</exception>
    public static RespValue? Read(ref ReadOnlySequence<byte> buffer)
    {
        var reader = new SequenceReader<byte>(buffer);
        if (Read(ref reader, MaxDepth) is not { } value)
            return null;

        buffer = buffer.Slice(reader.Position);
        return value;
    }

    private static RespValue? Read(ref SequenceReader<byte> reader, int depth)
    {
        if (depth == 0)
            throw new FormatException("A Redis reply is nested too deeply.");
        if (!reader.TryReadTo(out ReadOnlySequence<byte> line, "\r\n"u8))
            return null;
        if (line.IsEmpty)
            throw new FormatException("A Redis reply begins with an empty line.");

        var text = line.ToArray();
        var kind = (char)text[0];
        return kind switch
        {
            '$' or '!' or '=' => ReadString(ref reader, kind, LengthOf(text)),
            '*' or '>' or '~' => ReadItems(ref reader, kind, LengthOf(text), depth),
            '%' or '|' => ReadItems(ref reader, kind, 2 * LengthOf(text), depth),
            '+' or '-' or ':' or '_' or '#' or ',' or '(' => new RespValue(kind, text.AsMemory(1), []),
            _ => throw new FormatException($"A Redis reply begins with '{kind}', which is no type of RESP."),
        };
    }

    private static RespValue? ReadString(ref SequenceReader<byte> reader, char kind, int length)
    {
        if (length < 0)
            return new RespValue('_', default, []);
        if (reader.Remaining < length + 2)
            return null;

        var content = new byte[length];
        reader.TryCopyTo(content);
        reader.Advance(length);
        if (!reader.IsNext("\r\n"u8, advancePast: true))
            throw new FormatException("A string of a Redis reply does not end after its length.");
        return new RespValue(kind, content, []);
    }

    private static RespValue? ReadItems(ref SequenceReader<byte> reader, char kind, int count, int depth)
    {
        if (count < 0)
            return new RespValue('_', default, []);

        var items = new List<RespValue>(Math.Min(count, 16));
        for (var i = 0; i < count; i++)
        {
            if (Read(ref reader, depth - 1) is not { } item)
                return null;
            items.Add(item);
        }

        return new RespValue(kind, default, items);
    }

    private static int LengthOf(ReadOnlySpan<byte> header) =>
        Utf8Parser.TryParse(header[1..], out int length, out var used) && used == header.Length - 1 && length is >= -1 and <= MaxLength
            ? length
            : throw new FormatException("A length in a Redis reply is not a number, or too large.");
}
