using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Storefront.Catalog;

/// <summary>
/// Brings the database up to date and ends, for a deployment to run once before it starts the servers: <c>--migrate</c>, and
/// <c>--seed N</c> for N products where there are none.
/// </summary>
internal static class CatalogSetup
{
    /// <summary>Does what the command line says; serves when it says neither.</summary>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> MigrateOrServeAsync(this WebApplication app, string[] args)
    {
        var migrates = args.Contains("--migrate", StringComparer.Ordinal);
        var seed = Array.IndexOf(args, "--seed");
        if (!migrates && seed < 0)
            return await app.ServeAsync();

        await using var scope = app.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<CatalogDb>();
        if (migrates)
            await db.Database.MigrateAsync();

        return seed < 0 ? 0 : await SeedAsync(db, args.ElementAtOrDefault(seed + 1));
    }

    public static async Task SeedAsync(this CatalogDb db, int products)
    {
        using var stream = typeof(CatalogSetup).Assembly.GetManifestResourceStream("seed.sql")!;
        using var reader = new StreamReader(stream);
        await db.Database.ExecuteSqlRawAsync(await reader.ReadToEndAsync(), products);
    }

    private static async Task<int> ServeAsync(this WebApplication app)
    {
        try
        {
            // The host would check too, and bury what it finds under stack traces.
            app.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (OptionsValidationException e)
        {
            await Console.Error.WriteLineAsync($"The configuration is wrong:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", e.Failures)}");
            return 2;
        }

        app.MapStorefront();
        await app.RunAsync();
        return 0;
    }

    private static async Task<int> SeedAsync(CatalogDb db, string? argument)
    {
        if (!int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var products))
        {
            await Console.Error.WriteLineAsync($"--seed takes a number of products, such as --seed 1000; not '{argument}'.");
            return 2;
        }

        await db.SeedAsync(products);
        return 0;
    }
}
