using LastMile.Events.Hosting;
using LastMile.Events.RegionAgent;

// Read appsettings.json from the program's directory, not from the working directory.
var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
builder.AddRegionAgent();
var app = builder.Build();
app.UseRegionAgent();
return await app.RunServiceAsync();
