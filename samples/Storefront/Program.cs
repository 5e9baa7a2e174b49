using LastMile.Events.Hosting;
using Storefront;
using Storefront.Catalog;

return args is [HealthCommand.Argument] ? await HealthCommand.RunAsync() : await ServeAsync(args);

// Separate, so that --health does not load the assemblies of the application.
static Task<int> ServeAsync(string[] args)
{
    // Read appsettings.json next to the program, not in the working directory.
    var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
    builder.AddStorefront();
    var app = builder.Build();
    return app.MigrateOrServeAsync(args);
}
