using System.Globalization;
using Npgsql;

namespace LastMile.Events.Chaos.Load;

/// <summary>The products that the load reads and changes, and the database behind them.</summary>
/// <remarks>Each writer has products of its own, so that it knows their versions. The first product is left to the fault of the open transaction.</remarks>
internal sealed class Shop(string application, CommitBook book, int products) : IAsyncDisposable
{
    private const int Writers = 2;
    private const int Categories = 20;

    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(application + ";Command Timeout=10;Timeout=5");

    public CommitBook Book => book;

    /// <summary>The database as the application's role.</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>The products that the oracle follows.</summary>
    public IReadOnlyList<int> Followed { get; } = [.. Enumerable.Range(2, products - 1)];

    /// <summary>Categories without products: nothing purges their pages but what is published of them.</summary>
    public IReadOnlyList<int> QuietCategories { get; } = [.. Enumerable.Range(101, 10)];

    /// <summary>Those of one writer.</summary>
    public int[] ProductsOf(int writer) => [.. Followed.Where(id => id % Writers == writer)];

    public static int CategoryOf(int product) => 1 + (product % Categories);

    public static string SlugOf(int product, int version) => string.Create(CultureInfo.InvariantCulture, $"p-{product}-{version}");

    /// <summary>The slug that a followed product should have by now.</summary>
    public string CurrentSlugOf(int product) => SlugOf(product, product % Writers == 0 ? book.Of(product, 0).Newest : 1);

    /// <summary>Gives all products their first version, and adds the quiet categories.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var update = source.CreateCommand("update products set price = 1, slug = 'p-' || id || '-1'");
        await update.ExecuteNonQueryAsync(cancellationToken);
        await using var insert = source.CreateCommand("insert into categories (id, name) select id, 'Category ' || id from unnest($1) as id");
        insert.Parameters.Add(new() { Value = QuietCategories.ToArray() });
        await insert.ExecuteNonQueryAsync(cancellationToken);
        foreach (var product in Followed)
            book.Committed(product, 1);
    }

    /// <summary>Takes down what versions products have: after a change whose outcome did not become known.</summary>
    public async Task ReadVersionsAsync(int[] ids, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("select id, price::integer from products where id = any ($1)");
        command.Parameters.Add(new() { Value = ids });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            book.Committed(reader.GetInt32(0), reader.GetInt32(1));
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
