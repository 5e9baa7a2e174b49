using System.Globalization;
using Npgsql;

namespace LastMile.Events.Chaos.Load;

/// <summary>The products that the load reads and changes, and the database behind them.</summary>
/// <remarks>Each writer has products of its own, so that it knows their versions. The first product is left to the fault of the open transaction.</remarks>
internal sealed class Shop(NpgsqlDataSource administrator, string application, CommitBook book, int products) : IAsyncDisposable
{
    private const int Writers = 3;
    private const int Categories = 20;

    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(application + ";Command Timeout=10;Timeout=5");

    public CommitBook Book => book;

    /// <summary>The database as the application's role.</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>The database as its superuser, who can switch triggers off.</summary>
    public NpgsqlDataSource Administrator => administrator;

    /// <summary>The products that the oracle follows.</summary>
    public IReadOnlyList<int> Followed { get; } = [.. Enumerable.Range(2, products - 1)];

    /// <summary>Those of one writer.</summary>
    public int[] ProductsOf(int writer) => [.. Followed.Where(id => id % Writers == writer)];

    public static int CategoryOf(int product) => 1 + (product % Categories);

    public static string SlugOf(int product, int version) => string.Create(CultureInfo.InvariantCulture, $"p-{product}-{version}");

    /// <summary>The slug that a followed product should have by now.</summary>
    public string CurrentSlugOf(int product) => SlugOf(product, product % Writers == 0 ? book.Of(product, 0).Newest : 1);

    /// <summary>Gives all products their first version.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("update products set price = 1, slug = 'p-' || id || '-1'");
        await command.ExecuteNonQueryAsync(cancellationToken);
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
