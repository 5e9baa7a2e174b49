using System.Globalization;
using Npgsql;

namespace LastMile.Events.Chaos.Load;

/// <summary>The products that the load reads and changes, and the database behind them.</summary>
/// <remarks>
/// Each writer has its own products, so it knows their versions. The first product is reserved for the open-transaction fault.
/// </remarks>
internal sealed class Shop(string application, CommitHistory commits, int products) : IAsyncDisposable
{
    private const int Writers = 2;
    private const int CategoryCount = 20;

    private readonly NpgsqlDataSource source = NpgsqlDataSource.Create(application + ";Command Timeout=10;Timeout=5");

    public CommitHistory Commits => commits;

    /// <summary>The database, accessed with the application's role.</summary>
    public NpgsqlDataSource Source => source;

    /// <summary>The products that the oracle follows.</summary>
    public IReadOnlyList<int> Followed { get; } = [.. Enumerable.Range(2, products - 1)];

    /// <summary>Categories without products. Only published changes purge their pages.</summary>
    public IReadOnlyList<int> QuietCategories { get; } = [.. Enumerable.Range(101, 10)];

    /// <summary>Categories with products.</summary>
    public IReadOnlyList<int> Categories { get; } = [.. Enumerable.Range(1, CategoryCount)];

    /// <summary>Returns the products of one writer.</summary>
    public int[] ProductsOf(int writer) => [.. Followed.Where(id => id % Writers == writer)];

    public static int CategoryOf(int product) => 1 + (product % CategoryCount);

    public static string SlugOf(int product, int version) => string.Create(CultureInfo.InvariantCulture, $"p-{product}-{version}");

    /// <summary>Returns the current slug of a followed product.</summary>
    public string CurrentSlugOf(int product) => SlugOf(product, product % Writers == 0 ? commits.Of(product, 0).Newest : 1);

    /// <summary>Returns the slug that a followed product had before its newest change; null if it never had another one.</summary>
    public string? FormerSlugOf(int product) =>
        product % Writers == 0 && commits.Of(product, 0).Newest is > 1 and var newest ? SlugOf(product, newest - 1) : null;

    /// <summary>Sets all products to their first version, and adds the quiet categories.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var update = source.CreateCommand("update products set price = 1, slug = 'p-' || id || '-1'");
        await update.ExecuteNonQueryAsync(cancellationToken);
        await using var insert = source.CreateCommand(
            "insert into categories (id, name) select id, 'Category ' || id from unnest($1) as id");
        insert.Parameters.Add(new() { Value = QuietCategories.ToArray() });
        await insert.ExecuteNonQueryAsync(cancellationToken);
        foreach (var product in Followed)
            commits.Committed(product, 1);
    }

    /// <summary>Records the current versions of products, after a change whose outcome is unknown.</summary>
    public async Task ReadVersionsAsync(int[] ids, CancellationToken cancellationToken)
    {
        await using var command = source.CreateCommand("select id, price::integer from products where id = any ($1)");
        command.Parameters.Add(new() { Value = ids });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            commits.Committed(reader.GetInt32(0), reader.GetInt32(1));
    }

    public ValueTask DisposeAsync() => source.DisposeAsync();
}
