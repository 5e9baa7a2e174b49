using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Storefront.Catalog;

/// <summary>
/// The command-line options that prepare the database and exit: <c>--migrate</c> applies migrations, <c>--seed N</c> inserts N products
/// into an empty table. A deployment runs them once, before it starts the servers.
/// </summary>
internal static class CatalogSetup
{
    /// <summary>Runs the options of the command line; serves requests if it has neither.</summary>
    /// <returns>The process's exit code.</returns>
    public static async Task<int> MigrateOrServeAsync(this WebApplication app, string[] args)
    {
        var migrates = args.Contains("--migrate", StringComparer.Ordinal);
        var seed = Array.IndexOf(args, "--seed");
        if (!migrates && seed < 0)
            return await app.ServeAsync();

        if (string.IsNullOrEmpty(app.Configuration.GetConnectionString("Storefront")))
        {
            return await FailAsync(
                "ConnectionStrings:Storefront is missing: the Npgsql connection string of the role that owns the database.", 2);
        }

        try
        {
            await using var scope = app.Services.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<CatalogDb>();
            if (migrates)
                await db.Database.MigrateAsync();

            return seed < 0 ? 0 : await SeedAsync(db, args.ElementAtOrDefault(seed + 1));
        }
        catch (Exception failure) when ((failure as NpgsqlException ?? failure.InnerException as NpgsqlException) is { } cause)
        {
            return await FailAsync(
                $"The database setup failed: {cause.Message}. Check ConnectionStrings:Storefront; its role must own the database.", 1);
        }
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
            // The host validates too, but it reports errors with stack traces. The Storefront's own settings come first, because errors in
            // others follow from them.
            _ = app.Services.GetRequiredService<IOptions<StorefrontOptions>>().Value;
            app.Services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (OptionsValidationException e)
        {
            return await FailAsync(
                $"The configuration is wrong:{Environment.NewLine}  {string.Join(Environment.NewLine + "  ", e.Failures)}", 2);
        }

        app.MapStorefront();
        await app.RunAsync();
        return 0;
    }

    private static async Task<int> SeedAsync(CatalogDb db, string? argument)
    {
        if (!int.TryParse(argument, NumberStyles.None, CultureInfo.InvariantCulture, out var products))
            return await FailAsync($"--seed takes a number of products, such as --seed 1000, not '{argument}'.", 2);

        await db.SeedAsync(products);
        return 0;
    }

    private static async Task<int> FailAsync(string reason, int code)
    {
        await Console.Error.WriteLineAsync(reason);
        return code;
    }
}
