using System.Text.Json;

namespace LastMile.Events.Invalidator.Rules;

/// <summary>Reads <c>[["7","blue-shoe"],["8",null]]</c> row by row, into one buffer.</summary>
internal ref struct OutboxRowsReader
{
    private readonly string?[] values;
    private Utf8JsonReader json;

    /// <summary>Starts reading.</summary>
    /// <exception cref="JsonException">The text is not an array of arrays.</exception>
    public OutboxRowsReader(ReadOnlySpan<byte> utf8, int columns)
    {
        values = new string?[columns];
        json = new Utf8JsonReader(utf8, new JsonReaderOptions { MaxDepth = 2 });
        json.Read();
        Expect(JsonTokenType.StartArray);
    }

    /// <summary>The row that was read last. The next read overwrites it.</summary>
    public readonly ReadOnlySpan<string?> Values => values;

    /// <summary>Reads the next row.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="JsonException">The text is not an array of arrays, or a row does not have one value per column.</exception>
    /// <exception cref="InvalidOperationException">A value is neither a string nor null.</exception>
    public bool Read()
    {
        json.Read();
        if (json.TokenType == JsonTokenType.EndArray)
            return false;

        Expect(JsonTokenType.StartArray);
        for (var i = 0; i < values.Length; i++)
        {
            json.Read();
            values[i] = json.GetString();
        }

        json.Read();
        Expect(JsonTokenType.EndArray);
        return true;
    }

    private readonly void Expect(JsonTokenType token)
    {
        if (json.TokenType != token)
            throw new JsonException($"Expected {token} at byte {json.TokenStartIndex}, found {json.TokenType}.");
    }
}
