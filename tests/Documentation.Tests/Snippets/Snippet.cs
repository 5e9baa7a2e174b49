using LastMile.Events.Caching;
using LastMile.Events.Messages;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Caching.Hybrid;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using StackExchange.Redis;

namespace Documentation.Tests.Snippets;

#pragma warning disable CS1591 // Names that the documentation's examples use without declaring them. Examples are compiled, not run.
#pragma warning disable IDE1006, CA1707, CA1051, SA1401

/// <summary>The base class of an example.</summary>
public abstract class Snippet() : CatalogDb(new DbContextOptions<CatalogDb>())
{
    protected readonly WebApplicationBuilder builder = null!;
    protected readonly IServiceCollection services = null!;
    protected readonly ModelBuilder modelBuilder = null!;
    protected readonly ModelBuilder model = null!;
    protected readonly DbContextOptionsBuilder options = null!;
    protected readonly IHttpContextAccessor accessor = null!;
    protected readonly string connectionString = "";
    protected readonly CatalogDb db = null!;
    protected readonly IDbContextFactory<CatalogDb> databases = null!;
    protected readonly HybridCache hybrid = null!;
    protected readonly IBus bus = null!;
    protected readonly IConnectionMultiplexer redis = null!;
    protected readonly NpgsqlDataSource dataSource = null!;
    protected readonly int id = 7;
    protected readonly int category = 3;
    protected readonly int categoryId = 3;
    protected readonly Product product = null!;
    protected readonly string json = "";

    protected static ValueTask<Product?> load(CancellationToken cancellationToken) => default;

    protected static Task PageAsync(string region, LagSeverity severity) => Task.CompletedTask;
}

/// <summary>The base class of an example in docs/caching.md.</summary>
public abstract class CachingSnippet : Snippet
{
    protected readonly LastMileCache cache = null!;
    protected readonly string apiKey = "";

    protected static Task<Post> LoadAsync(int id, CancellationToken cancellationToken) => throw new NotSupportedException();
}
