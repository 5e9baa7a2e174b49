using System.Text;
using NpgsqlTypes;

namespace Invalidator.Tests.Poison;

/// <summary>
/// Generates malformed outbox rows that PostgreSQL accepts. The same seed yields the same rows. Each row has one certain fault and other
/// odd values.
/// </summary>
internal sealed class PoisonRows(int seed)
{
    private static readonly string[] Right = ["id", "slug", "category_id"];

    private static readonly string[] OddTexts =
    [
        "", " ", "\n", "a\u0007b", "'; drop table products; --", "日本 🛒", "{id}", "}{", "\\", "\"", "\ufffe",
        new('x', 1_500), new('é', 3_000),
    ];

    // Even with the right columns, none of these yields rows of three texts that make valid keys.
    private static readonly string[] BadRows =
    [
        "null", "true", "1", "\"text\"", "{}", "[[]]", "[null]", "[[[]]]", "[{}]", "[1]", "[\"a\"]",
        """[["1","2"]]""", """[["1","2","3","4"]]""", "[[1,2,3]]", "[[true,false,null]]", """[["1","2",{}]]""", """[["1","2",["3"]]]""",
        """[["1","a","b"],["2"]]""", """[["1","a","b"],5]""", """{"a":1,"a":2,"a":[["1","2","3"]]}""",
        """[{"id":"1","slug":"2","category_id":"3"}]""", """[["\u0000","a","b"]]""", """[["\ud800","a","b"]]""",
        """[["1","\udfff\ud800","b"]]""", """[["a\nb","c","d"]]""", """[["1","\u007f","b"]]""",
        "[[1e400,2,3]]", "[[-0.00000000000000000000000000000000000000000000000000001,2,3]]",
    ];

    private readonly Random random = new(seed);

    /// <summary>Writes rows to the outbox of a world.</summary>
    public async Task WriteAsync(World world, int count)
    {
        await using var connection = await world.Source.OpenConnectionAsync();
        await using var writer = await connection.BeginBinaryImportAsync(
            "copy lastmile.outbox (entity, kind, columns, rows, row_count, traceparent, actor) from stdin (format binary)");
        for (var n = 0; n < count; n++)
        {
            var (entity, kind, columns, rows) = Next();
            await writer.StartRowAsync();
            await writer.WriteAsync(entity);
            await writer.WriteAsync(kind);
            await writer.WriteAsync(columns);
            await writer.WriteAsync(rows, NpgsqlDbType.Json);
            // The count is rarely large, because a row with a large count ends its claim.
            await writer.WriteAsync(random.Next(100) == 0 ? random.Next(int.MinValue, int.MaxValue) : random.Next(5));
            await writer.WriteAsync(Odd());
            await writer.WriteAsync(Odd());
        }

        await writer.CompleteAsync();
    }

    private (string Entity, string Kind, string?[] Columns, string Rows) Next() => random.Next(6) switch
    {
        0 => (Entity(), "re" + Odd(), Columns(), Json()),
        1 => ("Unknown " + Odd(), Kind(), Columns(), Json()),
        2 => ("Product", Kind(), Columns(), Json()),
        3 => ("Product", Kind(), Right, Huge()),
        _ => ("Product", Kind(), Right, BadRows[random.Next(BadRows.Length)]),
    };

    private string Odd() => OddTexts[random.Next(OddTexts.Length)];

    private string Entity() => random.Next(2) == 0 ? "Product" : Odd();

    private string Kind() => random.Next(3) switch { 0 => "insert", 1 => "update", _ => "delete" };

    // None of these contains all three columns.
    private string?[] Columns() => random.Next(5) switch
    {
        0 => [],
        1 => [null],
        2 => ["id"],
        3 => [.. Enumerable.Range(0, 300).Select(n => Odd() + n)],
        _ => ["ID", Odd(), "slug"],
    };

    private string Json() => random.Next(3) == 0 ? Huge() : BadRows[random.Next(BadRows.Length)];

    private string Huge() => random.Next(4) switch
    {
        0 => new string('[', 1_000) + new string(']', 1_000),
        1 => $"[{string.Join(',', Enumerable.Range(0, 3_000))}]",
        2 => $"""[["1","{new string('x', 2_000)}","3"]]""",
        _ => Deep(),
    };

    private static string Deep() =>
        new StringBuilder().Insert(0, """{"a":""", 400).Append("[[\"1\",\"2\",\"3\"]]").Append('}', 400).ToString();
}
